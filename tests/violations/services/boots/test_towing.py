"""A vehicle that stood with its boot for so long may be towed: who drives it and the office are told."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from opscom.lib.dates import today
from tests.factories import (
    change_office,
    fit,
    make_appeal,
    make_boot,
    make_checkout,
    make_payment,
    make_user,
    make_vehicle,
    make_violation,
)
from violations.models import Appeal, BootAssignment, Violation
from violations.services.appeals.drafting import submit_appeal

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def to_tow(hours: int) -> list[int]:
    return list(BootAssignment.objects.to_tow(timezone.now(), hours=hours).values_list("pk", flat=True))


def stood(hours: int) -> BootAssignment:
    assignment = fit(make_violation(make_vehicle()), make_boot())
    assignment.fitted_at = timezone.now() - hours * HOUR
    assignment.save(update_fields=["fitted_at"])
    return assignment


def test_who_stood_so_long_may_be_towed() -> None:
    long, short, released = stood(73), stood(71), stood(80)
    BootAssignment.objects.filter(pk=released.pk).update(state="released", due_at=timezone.now())
    assert (to_tow(72), to_tow(71), to_tow(0)) == ([long.pk], sorted([long.pk, short.pk], reverse=True), [])


def test_nobody_is_towed_while_an_appeal_runs() -> None:
    assignment = stood(73)
    appeal = make_appeal(make_user(), violation=assignment.violation)
    assert to_tow(72) == [assignment.pk]  # a draft stops nothing
    submit_appeal(appeal, by=None)
    assert to_tow(72) == []


def test_hours_count_anew_from_the_decision() -> None:
    assignment = stood(200)
    appeal = make_appeal(make_user(), violation=assignment.violation)
    for hours, towed in ((71, []), (73, [assignment.pk])):
        decided_at = timezone.now() - hours * HOUR
        decided = {"state": "upheld", "decided_at": decided_at, "reviewer": make_user(), "fair_through": today()}
        Appeal.objects.filter(pk=appeal.pk).update(**decided)
        assert to_tow(72) == towed
        assert assignment.towed_from(hours=72, decided_at=decided_at) == decided_at + 72 * HOUR


def test_nobody_is_towed_who_is_paying() -> None:
    assignment = stood(73)
    make_payment(make_checkout([assignment.violation.charge]))
    assert to_tow(72) == []


def test_the_driver_reads_when_it_may_be_towed_at_any_time(guest_client: Client, ticket: Violation) -> None:
    assignment = fit(ticket)
    change_office(boot_tow_hours=72)
    BootAssignment.objects.filter(pk=assignment.pk).update(fitted_at=timezone.now() - 73 * HOUR)
    page = guest_client.get("/tickets/TT-10133/").content.decode()
    assert ("the vehicle may be towed at any time" in page, "from then on" in page) == (True, False)


def test_the_driver_reads_from_when_on(guest_client: Client, ticket: object) -> None:
    fit(ticket)  # type: ignore[arg-type]
    words = "from then on the vehicle may be towed"
    assert words not in guest_client.get("/tickets/TT-10133/").content.decode()
    change_office(boot_tow_hours=72)
    assert words in guest_client.get("/tickets/TT-10133/").content.decode()


def test_the_office_finds_them(staff_client: Client) -> None:
    long, _short = stood(73), stood(1)
    change_office(boot_tow_hours=72)
    page = staff_client.get("/admin/violations/bootassignment/?standing=tow")
    assert [row.pk for row in page.context["cl"].result_list] == [long.pk]
