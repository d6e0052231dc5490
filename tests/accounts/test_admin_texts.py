"""Texts in the office: the list, who wants none, use and cost."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import TextMessage, TextOptOut, User
from accounts.services.text_usage import TextUsage, text_usage
from tests.factories import make_text

pytestmark = pytest.mark.django_db
TEXTS, OPT_OUTS = "/admin/accounts/textmessage/", "/admin/accounts/textoptout/"
NUMBER = "+15195550123"


def listed(client: Client, path: str = TEXTS, **query: str) -> list[str]:
    page = BeautifulSoup(client.get(path, query).content, "html.parser")
    return [cell.get_text() for cell in page.select("#result_list .field-number")]


def test_texts_are_found_by_how_the_number_begins(staff_client: Client) -> None:
    make_text(NUMBER, kind="reminder")
    make_text("+14165550123", direction="in", state="received")
    assert listed(staff_client, q="519-555") == [NUMBER]
    assert listed(staff_client, q="+1 416") == ["+14165550123"]
    assert listed(staff_client, q="12") == []
    assert listed(staff_client, kind="reminder") == [NUMBER]


@pytest.mark.parametrize("rows", [1, 3])
def test_list_costs_the_same_with_many_rows(staff_client: Client, resident: User, rows: int) -> None:
    for _ in range(rows):
        make_text(NUMBER, user=resident)
    staff_client.get(TEXTS)
    with CaptureQueriesContext(connection) as captured:
        assert len(listed(staff_client)) == rows
    assert len(captured) == 5 + (not settings.REDIS_URL)
    assert [
        query["sql"] for query in captured if "COUNT(*)" in query["sql"] and "LIMIT 10000" not in query["sql"]
    ] == []


def test_words_are_shown_and_codes_are_not(staff_client: Client) -> None:
    open_text, code = make_text(NUMBER, body="<b>Hello</b>"), make_text(NUMBER, body="sealed", kind="boot_code")
    shown = [
        BeautifulSoup(staff_client.get(f"{TEXTS}{text.pk}/change/").content, "html.parser")
        .select(".field-shown_words .readonly")[0]
        .get_text()
        for text in (open_text, code)
    ]
    assert shown == ["<b>Hello</b>", "Not shown: it holds a code."]


def test_office_ends_texts_to_a_number_and_resumes_them(staff_client: Client) -> None:
    waiting = make_text(NUMBER, state="queued")
    for written in (NUMBER, NUMBER.removeprefix("+1")):
        assert staff_client.post(f"{OPT_OUTS}add/", {"number": written}).status_code == 302
    row = TextOptOut.objects.get()
    waiting.refresh_from_db()
    assert (row.source, row.until, waiting.state) == ("office", None, "dropped")
    assert staff_client.post(f"{OPT_OUTS}add/", {"number": "nobody"}).status_code == 200
    page = staff_client.post(OPT_OUTS, {"action": "resume", "_selected_action": [row.pk]}, follow=True)
    assert "1 number gets texts again." in page.content.decode()
    row.refresh_from_db()
    assert row.until is not None


def test_months_are_counted_and_priced(staff_client: Client) -> None:
    at: Any = datetime(2026, 11, 20, 12, tzinfo=UTC)
    texts: list[tuple[int, dict[str, Any]]] = [
        (0, {"direction": "in", "state": "received"}),
        (0, {"segments": 3, "price": Decimal("0.0300")}),
        (0, {"state": "failed"}),
        (0, {"state": "dropped"}),
        (1, {"state": "delivered"}),
        (24, {}),
    ]
    for months, fields in texts:
        make_text(NUMBER, created_at=at - timedelta(days=30 * months), **fields)
    november, october = text_usage(at=at)
    assert november == TextUsage(at.date().replace(day=1), 1, 2, 1, 5, Decimal("0.0500"))
    assert (october.month.month, october.sent, october.cost) == (10, 1, Decimal("0.0100"))


def test_report_is_a_table_and_a_file(staff_client: Client) -> None:
    make_text(NUMBER)
    page = BeautifulSoup(staff_client.get(f"{TEXTS}usage/").content, "html.parser")
    assert [cell.get_text() for cell in page.select("tbody td")] == ["0", "1", "0", "1", "$0.01"]
    answer = staff_client.get(f"{TEXTS}usage/", {"file": "csv"})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.getvalue().decode("utf-8-sig").splitlines() == [
        "Month,Received,Sent,Not delivered,Segments,Cost",
        f"{timezone.localdate():%Y-%m},0,1,0,1,0.0100",
    ]


def test_text_that_did_not_arrive_waits_in_the_offices_queue(staff_client: Client) -> None:
    for fields in ({"state": "failed"}, {"state": "unknown"}, {"state": "delivered"}):
        make_text(NUMBER, **fields)
    make_text(NUMBER, state="failed", created_at=timezone.now() - timedelta(days=9))
    page = BeautifulSoup(staff_client.get("/admin/").content, "html.parser")
    (lane,) = [lane for lane in page.select("li.lane") if "Texts not delivered" in lane.get_text()]
    assert lane.select("b")[0].get_text() == "2"
    path, _sign, query = str(lane.select("a")[0]["href"]).partition("?")
    assert len(listed(staff_client, path, **dict(parse_qsl(query)))) == 2
    assert TextMessage.objects.count() == 4
