"""What becomes of a person's documents when accounts are merged or erased."""

from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.models import AccountUpload, User
from opscom.office.people.erasing import delete_documents
from opscom.office.people.merging import merge_users
from tests.factories import make_upload, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Settings) -> Path:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


def test_documents_move_and_one_that_both_have_stays_where_it_is(staff: User) -> None:
    keeper, duplicate = make_user(), make_user()
    own = make_upload(keeper)
    make_upload(duplicate, digest=own.digest, name="twin.pdf")
    make_upload(duplicate, name="other.pdf")
    merge_users(keeper, duplicate, by=staff)
    assert sorted(AccountUpload.objects.for_user(keeper).values_list("name", flat=True)) == ["other.pdf", own.name]
    assert AccountUpload.objects.for_user(duplicate).get().name == "twin.pdf"


def test_erasing_takes_rows_and_files(resident: User, media: Path) -> None:
    make_upload(resident)
    delete_documents(AccountUpload.objects.for_user(resident))
    assert (AccountUpload.objects.count(), [path for path in media.rglob("*") if path.is_file()]) == (0, [])
