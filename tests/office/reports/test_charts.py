"""Charts of many bars: what is put together, what is left to words, and where each point leads."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from django.test import Client
from django.utils import timezone

from accounts.models import User
from opscom.lib.append_only import rewriting_history
from opscom.lib.dates import start_of_day, today
from payments.models import LedgerEntry
from tests.factories import (
    make_appeal,
    make_block,
    make_charge,
    make_checkout,
    make_lot,
    make_offence,
    make_payment,
    make_user,
    make_violation,
)
from violations.models import Appeal, Violation

pytestmark = pytest.mark.django_db


def chart(client: Client, key: str, **asked: Any) -> BeautifulSoup:
    page = client.get(f"/admin/reports/{key}/", asked)
    return BeautifulSoup(page.content, "html.parser")


def labels(page: BeautifulSoup) -> list[str]:
    return [text.get_text() for text in page.select("svg.chart text:not(.val)")]


def pieces(page: BeautifulSoup) -> dict[str, Tag]:
    """Words → link of each part that leads somewhere."""
    return {str(link["aria-label"]): link for link in page.select("svg.chart a")}


def rows(client: Client, link: Tag) -> int:
    count: int = client.get(str(link["href"])).context["cl"].result_count
    return count


def keys(page: BeautifulSoup) -> list[str]:
    return [key.get_text().strip() for key in page.select(".report-keys .key")]


def test_occupancy_of_many_lots_draws_the_fullest(staff_client: Client) -> None:
    for number in range(43):
        make_block(make_lot(name=f"Lot {number:02d}", spaces=60), 10 + number)
    page = chart(staff_client, "occupancy")
    assert sorted(labels(page)) == [f"Lot {number:02d}" for number in range(3, 43)]
    [rest] = page.select("figure .small-print")
    assert rest.get_text() == "The largest are drawn; 3 more have 33 together."


def test_occupancy_of_one_lot_too_many_says_so(staff_client: Client) -> None:
    for number in range(41):
        make_block(make_lot(spaces=60), 2 if number else 1)
    [rest] = chart(staff_client, "occupancy").select("figure .small-print")
    assert rest.get_text() == "The largest are drawn; 1 more has 1."


def test_tickets_of_every_hour_and_offence_are_drawn_and_lead_to_theirs(staff_client: Client) -> None:
    offences = [make_offence(description=f"Offence {number:02d}") for number in range(21)]
    first, written = make_violation(offence=offences[0], warning=True), []
    for offence in offences:
        for hour in range(24):
            for number in range(2 if offence == offences[7] else 1):
                row = Violation.objects.get(pk=first.pk)
                row.pk, row.number, row.offence = None, f"{offence.pk}-{hour}-{number}", offence
                row.issued_at = start_of_day(today()) + timedelta(hours=hour)
                written.append(row)
    with rewriting_history():
        Violation.objects.filter(pk=first.pk).delete()
    Violation.objects.bulk_create(written)
    page = chart(staff_client, "tickets", first=today().isoformat(), last=today().isoformat(), by="hour")
    assert labels(page) == [f"{hour:02d}:00" for hour in range(24)]
    found = pieces(page)
    assert len(found) == 24 * 21
    assert rows(staff_client, found["08:00, Offence 07, 2"]) == 2
    assert (keys(page)[0], keys(page)[-1], len(keys(page))) == ("Offence 07", "Others", 6)


def test_revenue_of_a_year_is_drawn_by_months_that_lead_to_their_days(staff_client: Client, resident: User) -> None:
    charge = make_charge(resident)
    payment = make_payment(make_checkout([charge], resident))
    first = today().replace(month=1, day=1) - timedelta(days=1)
    first = first.replace(month=1, day=1)
    days = [first + timedelta(days=number) for number in range(365)]
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            at=start_of_day(day) + timedelta(hours=12),
            payment=payment,
            charge=charge,
            account=account,
            amount=Decimal(amount),
            key=f"{day}{account}",
        )
        for day in days
        for account, amount in (("card", 2), ("charge", -2))
    )
    page = chart(staff_client, "revenue", first=days[0].isoformat(), last=days[-1].isoformat())
    assert labels(page) == [f"{month} {first.year}" for month in MONTHS]
    found = pieces(page)
    march = next(link for words, link in found.items() if words.startswith("March"))
    assert (str(march["aria-label"]), len(found)) == (f"March {first.year}, Violations, $62.00", 12)
    assert rows(staff_client, march) == 31


MONTHS = "January February March April May June July August September October November December".split()


def test_tickets_of_many_days_are_drawn_by_months_that_lead_to_theirs(staff_client: Client) -> None:
    offence = make_offence(description="Expired")
    start = (today() - timedelta(days=100)).replace(day=1)
    for number in range(60):
        make_violation(offence=offence, issued_at=start_of_day(start + timedelta(days=number)) + timedelta(hours=9))
    asked = {"first": start.isoformat(), "last": (start + timedelta(days=70)).isoformat(), "by": "day"}
    found = list(pieces(chart(staff_client, "tickets", **asked)).values())
    assert sum(rows(staff_client, link) for link in found) == 60
    assert 2 <= len(found) <= 3


def test_appeals_about_one_offence_lead_to_theirs(staff_client: Client) -> None:
    offence = make_offence()
    for own in (offence, offence, make_offence()):
        make_appeal(violation=make_violation(offence=own))
    now = timezone.now()
    Appeal.objects.update(state="upheld", submitted_at=now, decided_at=now, reviewer=make_user(), fair_through=today())
    page = chart(staff_client, "appeals", first=today().isoformat(), last=today().isoformat(), offence=offence.pk)
    [link] = pieces(page).values()
    assert rows(staff_client, link) == 2
