"""The set-up file on its page: downloaded, compared, and taken in."""

import pytest
from auditlog.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from opscom.lib.office import office
from opscom.models import SystemSettings
from opscom.office.setup.taking import compare_office

pytestmark = pytest.mark.django_db
PAGE = "/admin/opscom/systemsettings/setup/"
TEXT = '[settings]\noffice_name = "Brook Parking"\n'


def upload(client: Client, text: str) -> str:
    file = SimpleUploadedFile("office.toml", text.encode())
    return client.post(PAGE, {"file": file}).content.decode()


def test_file_is_compared_first_and_then_taken_in(staff_client: Client) -> None:
    shown = upload(staff_client, TEXT)
    assert "<li>office name “Campus Parking” → “Brook Parking”</li>" in shown
    assert office().office_name == "Campus Parking"
    answer = staff_client.post(PAGE, {"text": TEXT, "confirm": "1"})
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    assert SystemSettings.objects.get().office_name == "Brook Parking"
    assert "0 new rows, 1 changed" in staff_client.get(PAGE).content.decode()
    entry = LogEntry.objects.filter(content_type__model="systemsettings").latest("pk")
    assert entry.actor is not None and entry.actor.is_staff
    again = upload(staff_client, TEXT)
    assert ("Nothing to do" in again, "confirm" in again) == (True, False)


def test_what_is_wrong_is_listed(staff_client: Client) -> None:
    shown = upload(staff_client, "[settings]\nhold_minutes = 2\n")
    assert "<li>settings, hold_minutes: Ensure this value is greater than or equal to 5.</li>" in shown


def test_download_is_a_file_that_changes_nothing(staff_client: Client) -> None:
    answer = staff_client.get(f"{PAGE}download/")
    assert answer.headers["Content-Type"] == "application/toml"
    assert compare_office(answer.content.decode()).changes == []
