"""Documents in the office."""

from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import AccountUpload, User
from tests.accounts.office import SETTINGS_READ
from tests.conftest import sign_in
from tests.factories import make_upload, make_user

pytestmark = pytest.mark.django_db
DOCUMENTS = "/admin/accounts/accountupload/"


@pytest.fixture(autouse=True)
def _media_of_this_test(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


def member_of(role: str) -> Client:
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return sign_in(Client(), user)


def test_front_desk_takes_documents_into_account(resident: User) -> None:
    rows = [make_upload(resident), make_upload(resident), make_upload(resident, state="checking")]
    chosen = {"action": "take_into_account", "_selected_action": [str(row.pk) for row in rows]}
    page = member_of("Front desk").post(DOCUMENTS, chosen, follow=True).content.decode()
    assert "2 documents are taken into account; their owners can no longer delete them." in page
    assert sorted(AccountUpload.objects.values_list("state", flat=True)) == ["checking", "taken", "taken"]


def test_auditor_looks_and_takes_nothing(resident: User) -> None:
    row, client = make_upload(resident), member_of("Auditor")
    assert f'href="/uploads/{row.code}/"' in client.get(DOCUMENTS).content.decode()
    client.post(DOCUMENTS, {"action": "take_into_account", "_selected_action": [str(row.pk)]})
    row.refresh_from_db()
    assert row.state == "ready"


def test_document_that_is_being_checked_has_no_link(resident: User) -> None:
    row = make_upload(resident, state="checking")
    assert f"/uploads/{row.code}/" not in member_of("Front desk").get(DOCUMENTS).content.decode()


def test_list_costs_the_same_with_three_documents(
    resident: User, staff_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_upload(resident)
    staff_client.get(DOCUMENTS)
    for _n in range(2):
        with django_assert_num_queries(7 + SETTINGS_READ):
            staff_client.get(DOCUMENTS)
        make_upload(resident)
        make_upload(resident)
