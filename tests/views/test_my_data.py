"""Download My Data."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.http import FileResponse
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import DataExport, User
from opscom.lib.office import office
from opscom.office.people.exporting import ask_for_export, build_export
from tests.accounts.office import SETTINGS_READ
from tests.conftest import sign_in
from tests.factories import make_user
from tests.payments.views.counting import queries
from tests.payments.views.page import callouts, soup
from tests.views.test_closing import PASSWORD, with_password

PATH = "/my-data/"


@pytest.fixture(autouse=True)
def _private_storage(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


def ready(user: User) -> DataExport:
    export = ask_for_export(user, language="en")
    build_export(export.pk)
    export.refresh_from_db()
    return export


def test_password_starts_a_copy_and_the_page_shows_how_far_it_is(resident: User, resident_client: Client) -> None:
    client = with_password(resident, resident_client)
    assert client.post(PATH, {"current": "wrong-password-1"}).status_code == 200
    assert not DataExport.objects.exists()
    page = client.post(PATH, {"current": PASSWORD}, follow=True)
    assert callouts(page)[0] == "Your copy is being prepared. An e-mail says when it is ready."
    assert callouts(page)[1].startswith("Your copy is being prepared: 0 of 35 parts are done.")
    assert soup(page).select("main form") == []
    assert client.get(f"{PATH}?waiting=1").status_code == 200


def test_waiting_page_is_led_on_once_the_copy_is_there(resident: User, resident_client: Client) -> None:
    export = ready(resident)
    assert resident_client.get(f"{PATH}?waiting=1").headers["Location"] == PATH
    [link] = soup(resident_client.get(PATH)).select("main .card a")
    assert link["href"] == f"{PATH}{export.code}/"


def test_file_is_for_the_person_alone_and_for_seven_days(resident: User, resident_client: Client) -> None:
    path = f"{PATH}{ready(resident).code}/"
    answer = resident_client.get(path)
    assert isinstance(answer, FileResponse)
    assert b"".join(answer.streaming_content).startswith(b"PK")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="my-data-')
    assert sign_in(Client(), make_user()).get(path).status_code == 404
    assert Client().get(path).headers["Location"] == f"/login?next={path}"
    DataExport.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert resident_client.get(path).status_code == 404
    assert soup(resident_client.get(PATH)).select("main .card a") == []


def test_login_of_long_ago_is_not_enough(resident: User, resident_client: Client) -> None:
    User.objects.update(last_login=timezone.now() - timedelta(minutes=11))
    resident_client.post(PATH)
    assert not DataExport.objects.exists()


@pytest.mark.parametrize("there", [False, True])
def test_page_takes_5_queries(resident: User, resident_client: Client, there: bool) -> None:
    if there:
        ready(resident)
    office()
    with queries(4 + SETTINGS_READ):
        resident_client.get(PATH)
