"""Browsers at the pages of payments."""

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from payments.models import Checkout
from tests.conftest import sign_in
from tests.factories import make_checkout, make_user, make_violation


@pytest.fixture(autouse=True)
def _settings_from_their_row(settings: Settings) -> None:
    """Literal query counts: without Redis every request reads the office's settings from their row."""
    settings.REDIS_URL = ""


@pytest.fixture
def stranger_client(db: None) -> Client:
    """Somebody else, signed in."""
    return sign_in(Client(), make_user())


@pytest.fixture
def guest_checkout(db: None) -> Checkout:
    """The checkout of somebody without an account: $30 of a $50 ticket."""
    violation = make_violation()
    assert violation.charge is not None
    return make_checkout([violation.charge], None, back=f"/tickets/{violation.number}/")


@pytest.fixture
def other_user(db: None) -> User:
    """Somebody else."""
    return make_user()
