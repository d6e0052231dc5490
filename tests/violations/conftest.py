"""Fixtures of the tickets' tests."""

from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django.fixtures import Settings

from tests.factories import make_violation
from violations.models import Violation, ViolationPhoto
from violations.services.photos import attach_photo


@pytest.fixture(autouse=True)
def _media_of_this_test(tmp_path: Path, settings: Settings) -> None:
    """Photos of one test do not stay."""
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def ticket(db: None) -> Violation:
    """A ticket that is owed, known by number and PIN."""
    return make_violation(number="TT-10133", pin="3K")


@pytest.fixture
def guest_client(client: Client, ticket: Violation) -> Client:
    """A browser that has opened the ticket by number and PIN."""
    assert client.post("/pay-ticket/", {"ticket": ticket.full_number}).status_code == 302
    return client


def picture(form: str = "JPEG", size: tuple[int, int] = (640, 480), **options: object) -> bytes:
    """The bytes of a small grey picture."""
    stream = BytesIO()
    Image.new("RGB", size, "grey").save(stream, form, **options)
    return stream.getvalue()


def upload(content: bytes, name: str = "evidence.jpg") -> SimpleUploadedFile:
    """A file as a browser sends it."""
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def add_photo(violation: Violation, caption: str = "Plate") -> ViolationPhoto:
    """An evidence photo, made through the service."""
    return attach_photo(violation, upload(picture()), caption=caption)
