"""Plate checks and their tokens in the office."""

from typing import Any

import pytest
from auditlog.models import LogEntry
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from permits.models import PlateCheck, PlateToken
from permits.services.plate_tokens import find_token
from tests.factories import make_lot
from tests.payments.views.counting import queries
from tests.payments.views.page import soup

pytestmark = pytest.mark.django_db
TOKENS = "/admin/permits/platetoken/"
CHECKS = "/admin/permits/platecheck/"


def add(client: Client, **fields: str) -> Any:
    data = {"name": "Gate 4", "scope": "answer", "language": "en", "per_minute": "60", "lot": ""} | fields
    return client.post(f"{TOKENS}add/", data)


def test_token_is_shown_once_and_works(staff_client: Client) -> None:
    response = add(staff_client)
    [field] = soup(response).select("input#token")
    token = PlateToken.objects.get()
    assert find_token(str(field["value"])).token == token
    later = [staff_client.get(path).content.decode() for path in (TOKENS, f"{TOKENS}{token.pk}/change/")]
    assert [token.digest in page or str(field["value"]) in page for page in later] == [False, False]
    assert "plates_" not in str(staff_client.cookies) + str(dict(staff_client.session))


def test_two_tokens_do_not_share_a_name(staff_client: Client) -> None:
    add(staff_client)
    assert add(staff_client).context["adminform"].form.errors == {
        "name": ["Plate check token with this Name already exists."]
    }


def test_change_keeps_the_token_and_is_audited_without_its_digest(staff_client: Client, staff: User) -> None:
    secret = str(soup(add(staff_client)).select_one("input#token")["value"])  # type: ignore[index]
    token = PlateToken.objects.get()
    data = {"name": "Gate 5", "scope": "permit", "language": "fr", "per_minute": "9", "lot": ""}
    assert staff_client.post(f"{TOKENS}{token.pk}/change/", data).headers["Location"] == TOKENS
    assert find_token(secret).token.name == "Gate 5"
    entries = LogEntry.objects.get_for_object(token).order_by("pk")
    assert [entry.actor for entry in entries] == [staff, staff]
    assert [name for entry in entries for name in entry.changes if name in ("key", "digest")] == []


def test_revoked_token_stays_in_the_list(staff_client: Client) -> None:
    add(staff_client)
    token = PlateToken.objects.get()
    page = f"{TOKENS}{token.pk}/change/"
    assert staff_client.post(f"{TOKENS}{token.pk}/revoke/").headers["Location"] == page
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert "revoke/" not in staff_client.get(page).content.decode()
    assert [cell.get_text() for cell in soup(staff_client.get(TOKENS)).select("th.field-name")] == ["Gate 4"]


def test_log_is_found_by_plate_in_as_many_queries_with_few_rows_as_with_many(staff_client: Client, staff: User) -> None:
    lot = make_lot()

    def look() -> list[str]:
        with queries(7 + (not settings.REDIS_URL)):  # without Redis the office's settings are a row
            page = soup(staff_client.get(CHECKS, {"q": "ckrt"}))
        return [cell.get_text() for cell in page.select("td.field-plate")]

    token = PlateToken.objects.create(name="Gate 4", key="GATE4", digest="0" * 64)
    for plate in ("CKRT418", "BVLP902"):
        PlateCheck.objects.create(plate=plate, verdict="unknown", lot=lot, by=staff, token=token)
    staff_client.get(CHECKS)
    assert look() == ["CKRT418"]
    for plate in ("CKRT419", "CKRT420"):
        PlateCheck.objects.create(plate=plate, verdict="covered", lot=lot, by=staff, token=token, at=timezone.now())
    assert look() == ["CKRT420", "CKRT419", "CKRT418"]
