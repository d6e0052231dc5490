"""Reports about tickets, appeals and boots: exact figures."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.models import User
from opscom.lib.dates import today
from tests.factories import fit, make_appeal, make_lot, make_offence, make_user, make_violation
from tests.reporting import report_of
from violations.models import OffenceCategory, Violation
from violations.services.appeals.deciding import decide_appeal, preview_decision
from violations.services.appeals.drafting import submit_appeal
from violations.services.issue import spoil_violation
from violations.services.verbs import void_violation

pytestmark = pytest.mark.django_db
MAY = {"first": "2026-05-01", "last": "2026-05-31"}


def in_may(day: int, hour: int, **fields: Any) -> Violation:
    """A ticket written on that day of May 2026 at that hour of the office's clock."""
    at = datetime(2026, 5, day, hour, 30, tzinfo=ZoneInfo("America/Toronto"))
    return make_violation(issued_at=at, **fields)


def test_tickets_are_divided_by_hour_weekday_lot_and_offence() -> None:
    meter = make_offence(description="Meter", amount=Decimal("30.00"), reduced_amount=None)
    safety = OffenceCategory.objects.create(name="Safety")
    fire = make_offence(description="Fire Route", amount=Decimal("90.00"), reduced_amount=None, category=safety)
    lot = make_lot(name="Yellow")
    in_may(1, 9, offence=meter, lot=lot)  # a Friday
    in_may(2, 9, offence=meter)
    in_may(31, 23, offence=fire, lot=lot)  # in Greenwich it is June
    in_may(4, 0, offence=fire, time_known=False)
    make_violation(offence=fire, issued_at=datetime(2026, 6, 1, 12, tzinfo=ZoneInfo("UTC")))
    d30, d60, d90 = Decimal("30.00"), Decimal("60.00"), Decimal("90.00")
    rows, totals = report_of("tickets", **MAY)
    assert sorted(rows) == [
        ["09:00", "Meter", 2, d60],
        ["23:00", "Fire Route", 1, d90],
        ["Not known", "Fire Route", 1, d90],
    ]
    assert totals == [None, None, 4, Decimal("240.00")]
    assert sorted(report_of("tickets", by="weekday", **MAY)[0]) == [
        ["Friday", "Meter", 1, d30],
        ["Monday", "Fire Route", 1, d90],
        ["Saturday", "Meter", 1, d30],
        ["Sunday", "Fire Route", 1, d90],
    ]
    assert sorted(report_of("tickets", by="lot", **MAY)[0]) == [
        ["Not known", "Fire Route", 1, d90],
        ["Not known", "Meter", 1, d30],
        ["Yellow", "Fire Route", 1, d90],
        ["Yellow", "Meter", 1, d30],
    ]
    by_offence = report_of("tickets", by="offence", **MAY)[0]
    assert by_offence == [["Fire Route", "Safety", 2, Decimal("180.00")], ["Meter", "Permits", 2, d60]]


def decided(user: User, by: User, outcome: str, **fields: Any) -> None:
    """An appeal handed in two days ago and decided now."""
    at = timezone.now() - timedelta(days=2)
    ticket = make_violation(issued_at=at - timedelta(days=1), **fields)
    appeal = submit_appeal(make_appeal(user, ticket, at=at), by=user, at=at)
    quote = preview_decision(appeal, decision=outcome, by=by)
    decide_appeal(appeal, decision=outcome, response="Seen.", by=by, expected=(quote.owed, quote.back))


def test_officers_with_what_became_of_their_tickets(resident: User, staff: User) -> None:
    ada, bo = make_user(first_name="Ada", last_name="Ames"), make_user(first_name="Bo", last_name="Bell")
    spoil_violation(make_violation(officer=ada), by=staff, reason="wrong plate")
    void_violation(make_violation(officer=ada), by=staff, reason="goodwill")
    decided(resident, staff, "cancelled", officer=ada)
    make_violation(officer=ada, warning=True)
    make_violation(officer=bo)
    Violation.objects.filter(pk=void_violation(make_violation(), by=staff, reason="old").pk).update(voided_as="")
    fields = {"first": str(today() - timedelta(days=9))}
    d50 = Decimal("50.00")
    rows, totals = report_of("tickets-by-officer", **fields)
    assert sorted(rows) == [
        ["Ada Ames", 4, 4 * d50, 0, 1, 1, Decimal("25.0"), 1, 1, Decimal("50.0"), 0],
        ["Bo Bell", 1, d50, 0, 0, 0, Decimal("0.0"), 0, 0, Decimal("0.0"), 0],
        ["Not known", 1, d50, 0, 0, 0, Decimal("0.0"), 0, 0, Decimal("0.0"), 1],
    ]
    assert totals[1] == 6


def test_appeals_by_outcome_those_without_any_too(resident: User, staff: User) -> None:
    offence = make_offence()
    decided(resident, staff, "cancelled", offence=offence)
    for _ in range(2):
        decided(resident, staff, "upheld")
    rows, totals = report_of("appeals")
    two, d50 = Decimal("2.0"), Decimal("50.00")
    assert rows[:3] == [
        ["Upheld: the ticket stands", 1, 2, Decimal("66.7"), two, 2 * d50],
        ["Reduced", 1, 0, Decimal("0.0"), None, 0],
        ["Ticket cancelled", 1, 1, Decimal("33.3"), two, d50],
    ]
    assert [row[1:4] for row in rows[3:]] == [[2, 0, None]] * 3
    assert totals[2] == 3
    assert report_of("appeals", offence=str(offence.pk))[1][2] == 1


def test_repeat_plates_from_so_many_tickets(staff: User) -> None:
    for day in (1, 2, 3):
        last = in_may(day, 9, plate="AAAA111")
    for day in (1, 2):
        in_may(day, 9, plate="BBBB222")
    spoil_violation(in_may(3, 9, plate="BBBB222"), by=staff, reason="wrong plate")
    for day in (1, 2, 3):
        in_may(day, 9, plate="")
    assert report_of("repeat-plates", **MAY)[0] == [["AAAA111", "CA-ON", 3, 3, Decimal("150.00"), last.issued_at]]
    assert [row[0] for row in report_of("repeat-plates", least="2", **MAY)[0]] == ["AAAA111", "BBBB222"]


def test_boots_by_how_it_stands_with_them() -> None:
    assignment = fit()
    rows, totals = report_of("boots")
    fee, deposit = (charge.amount if charge else 0 for charge in (assignment.fee, assignment.deposit))
    assert rows[0] == ["On the vehicle", 1, fee, deposit, 0, None]
    assert [row[1] for row in rows[1:]] == [0] * 5
    assert totals[1] == 1


def test_tickets_of_one_lot_offence_or_officer(resident: User, staff: User) -> None:
    """Every report about tickets can be narrowed in the same ways."""
    lot, fire, ada = make_lot(name="Yellow"), make_offence(description="Fire"), make_user(is_staff=True)
    days = [in_may(day, 9, lot=lot, offence=fire, officer=ada, plate="AAAA111") for day in (1, 2)]
    in_may(3, 9, plate="AAAA111")
    in_may(4, 9, lot=lot, officer=ada, plate="BBBB222")
    for asked, n in (
        ({"lot": lot}, 3),
        ({"offence": fire}, 2),
        ({"officer": ada}, 3),
        ({"lot": lot, "offence": fire}, 2),
    ):
        chosen = {name: str(row.pk) for name, row in asked.items()} | MAY
        assert report_of("tickets", by="day", **chosen)[1][2] == n
        assert report_of("tickets-by-officer", **chosen)[1][1] == n
    plates = report_of("repeat-plates", least="2", offence=str(fire.pk), **MAY)[0]
    assert [row[:3] for row in plates] == [["AAAA111", days[0].plate_region, 2]]
    assert report_of("repeat-plates", least="3", offence=str(fire.pk), **MAY)[0] == []


def test_appeals_and_boots_of_one_lot_or_offence(resident: User, staff: User) -> None:
    lot, offence = make_lot(name="Yellow"), make_offence()
    decided(resident, staff, "cancelled", lot=lot)
    decided(resident, staff, "upheld", offence=offence)
    assert [row[2] for row in report_of("appeals", lot=str(lot.pk))[0][:3]] == [0, 0, 1]
    assert [row[2] for row in report_of("appeals", offence=str(offence.pk))[0][:3]] == [1, 0, 0]
    fitted = fit().violation
    assert report_of("boots", offence=str(fitted.offence_id))[1][1] == 1
    assert report_of("boots", offence=str(offence.pk))[1][1] == 0
    assert report_of("boots", lot=str(lot.pk))[1][1] == 0
