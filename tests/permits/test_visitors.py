"""Visitor hours: bought in blocks, spent on a visitor's plate, and given back. What is left is always a sum of rows."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from opscom.lib.dates import Period, today
from opscom.lib.passes import written_stock
from opscom.models import SystemSettings
from payments.errors import RefundRefused
from payments.models import Payment, Refund
from payments.services.refundable import Way
from payments.services.refunds import request_refund
from permits.errors import LotFull, PermitRefused
from permits.models import HourBlock, HourEntry, Permit, PermitType
from permits.payables import VisitorHoursPayable
from permits.services.cancel import quote_cancellation
from permits.services.extending import can_extend
from permits.services.plate_check import check_plate
from permits.services.visitors.booking import book_visit, end_visit
from permits.services.visitors.granting import grant_hours, take_back_hours
from permits.services.visitors.wallet import buy_hours, minutes_left, offer_hours, release_unpaid_hours
from tests.factories import change_office, make_hours, make_lot, make_tax, make_temporary_type, make_user, make_vehicle
from tests.payments.bank import Books
from tests.payments.refunding import paid_by_card

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOW = datetime(2027, 6, 1, 12, 7, tzinfo=UTC)  # 8:07 on the office's clock
START = datetime(2027, 6, 1, 13, tzinfo=UTC)


@pytest.fixture
def host(bank: Books) -> User:
    """Somebody with ten paid hours."""
    user = make_user()
    paid_by_card([make_hours(user, at=NOW).charge], user)
    return user


def book(user: User, permit_type: PermitType | None = None, *, hours: float = 2, start: datetime = START) -> Permit:
    permit_type = permit_type or make_temporary_type(takes_hours=True)
    period = Period(start, start + hours * HOUR)
    return book_visit(user, permit_type=permit_type, vehicle=make_vehicle(), period=period, at=NOW)


def test_a_block_costs_its_price_with_taxes_and_a_year_has_a_limit(bank: Books) -> None:
    make_tax(rate="13", name="HST", kinds=["visitor_hours"])
    change_office(visitor_hours_year=15)
    user = make_user()
    block = make_hours(user, at=NOW)
    assert (block.charge.amount, block.charge.description) == (Decimal("11.30"), "Visitor hours, 10 h")
    assert make_hours(user, at=NOW) == block
    assert minutes_left(user, today(NOW)) == 0
    paid_by_card([block.charge], user)
    assert minutes_left(user, today(NOW)) == 600
    with pytest.raises(PermitRefused) as refusal:
        make_hours(user, at=NOW)
    assert refusal.value.code == "year"
    assert make_hours(user, at=NOW + timedelta(days=220)).minutes == 600  # the next calendar year


@pytest.mark.rule(8)
def test_another_price_is_refused_and_an_unpaid_block_lapses_with_its_price() -> None:
    user = make_user()
    with pytest.raises(PermitRefused) as refusal:
        buy_hours(user, expected=Decimal("9.99"), at=NOW)
    assert (refusal.value.code, HourBlock.objects.count()) == ("changed", 0)
    block = make_hours(user, at=NOW)
    assert [release_unpaid_hours(at=NOW + n * MINUTE) for n in (14, 15, 16)] == [0, 1, 0]
    block.charge.refresh_from_db()
    assert block.charge.state == "void"
    assert offer_hours(user, at=NOW).room == 100 * 60
    assert VisitorHoursPayable().recover(block.charge, NOW + HOUR)  # late money still gives them (RULES 6)


def test_booking_takes_its_minutes_and_covers_the_plate_at_once(host: User) -> None:
    permit = book(host, hours=2.5)
    assert (permit.state, permit.on_hours, permit.held_until) == ("active", True, None)
    assert minutes_left(host, today(NOW)) == 450
    plate = permit.vehicles.get()
    assert check_plate(plate.plate, region=plate.region, at=START + HOUR).verdict == "covered"
    again = book_visit(host, permit_type=permit.permit_type, vehicle=plate, period=permit.period, at=NOW)
    assert (again, HourEntry.objects.count()) == (permit, 1)
    assert not can_extend(permit, at=START + HOUR)
    with pytest.raises(PermitRefused) as refusal:
        quote_cancellation(permit, at=NOW)
    assert refusal.value.code == "hours"


def test_refused_bookings_take_no_hours(host: User) -> None:
    full = make_temporary_type(make_lot(spaces=0), takes_hours=True)
    with pytest.raises(LotFull):
        book(host, full)
    for kind, hours, code in ((make_temporary_type(), 1, "no-hours"), (None, 10.25, "hours")):
        with pytest.raises(PermitRefused) as refusal:
            book(host, kind, hours=hours)
        assert refusal.value.code == code
    assert "You lack 0 h 15 min" in str(refusal.value)
    with pytest.raises(PermitRefused) as refusal:
        book(host, start=START + timedelta(days=365))  # their last day is over by then
    assert refusal.value.code == "hours"
    assert (minutes_left(host, today(NOW)), Permit.objects.count()) == (600, 0)


def test_hours_that_expire_first_go_first_and_come_back_last(host: User) -> None:
    change_office(visitor_hours_days=10)
    paid_by_card([make_hours(host, at=NOW + HOUR).charge], host)
    later, sooner = HourBlock.objects.order_by("pk")
    permit = book(host, hours=12)
    taken = permit.hours.order_by("pk").values_list("block", "minutes")
    assert (list(taken), permit.charge_id) == ([(sooner.pk, -600), (later.pk, -120)], sooner.charge_id)
    ended = end_visit(permit, by=host, at=START + 7 * HOUR + MINUTE)  # 4 h 45 min are left from the next quarter on
    assert (ended.cancelled, ended.minutes) == (False, 285)
    left = [(block.pk, block.left) for block in HourBlock.objects.with_left().order_by("pk")]
    assert left == [(later.pk, 600), (sooner.pk, 165)]
    permit.refresh_from_db()
    assert (permit.ends_at, permit.state) == (START + 7.25 * HOUR, "active")


def test_all_comes_back_before_it_begins_once_and_nothing_when_it_is_over(host: User) -> None:
    permit = book(host)
    assert end_visit(permit, by=host, at=START - MINUTE).minutes == 120
    assert (minutes_left(host, today(NOW)), permit.events.last().to_state) == (600, "cancelled")  # type: ignore[union-attr]
    running = book(host)
    for visit, at in ((permit, NOW), (running, START + 2 * HOUR - MINUTE), (running, START + 2 * HOUR)):
        with pytest.raises(PermitRefused) as refusal:
            end_visit(visit, by=host, at=at)
        assert refusal.value.code == "over"


@pytest.mark.rule(46)
def test_money_that_goes_back_suspends_the_visits_and_takes_the_hours(host: User) -> None:
    permit, block = book(host), HourBlock.objects.select_related("charge").get()
    hooks = VisitorHoursPayable()
    hooks.on_reversed(block.charge, NOW)
    permit.refresh_from_db()
    assert (permit.state, block.charge.held_until) == ("suspended", None)
    hooks.check(block.charge, NOW + 100 * HOUR)
    hooks.on_settled(block.charge, NOW)
    permit.refresh_from_db()
    assert permit.state == "active"
    type(block.charge).objects.filter(pk=block.charge_id).update(state="open")
    assert minutes_left(host, today(NOW)) == 0


def refund(block: HourBlock, amount: str, *, by: User) -> None:
    payment = Payment.objects.get()
    request_refund(payment, amount=Decimal(amount), charge=block.charge, way=Way.CREDIT, reason="Moved", by=by)


@pytest.mark.rule(34)
def test_refund_takes_the_unused_hours_and_leaves_the_price_of_used_ones(host: User) -> None:
    clerk, block = make_user(is_staff=True), HourBlock.objects.select_related("charge").get()
    visit = book(host, hours=2.5)
    with pytest.raises(RefundRefused) as refusal:
        refund(block, "7.51", by=clerk)
    assert (refusal.value.code, str(refusal.value)) == (
        "used",
        "The rest of what was bought is used or booked: $7.50 can be given back for what is not.",
    )
    refund(block, "0.01", by=clerk)  # a minute that is paid in part is gone
    assert minutes_left(host, today(NOW)) == 449
    refund(block, "7.49", by=clerk)
    assert (minutes_left(host, today(NOW)), HourBlock.objects.with_left().get().worth) == (0, Decimal("0.00"))
    with pytest.raises(PermitRefused) as short:
        book(host, hours=0.25)
    assert short.value.code == "hours"
    assert end_visit(visit, by=host, at=START - MINUTE).minutes == 150
    assert (minutes_left(host, today(NOW)), HourBlock.objects.with_left().get().worth) == (150, Decimal("2.50"))


def test_money_that_the_bank_gave_back_for_used_hours_leaves_none_below_zero(host: User) -> None:
    book(host, hours=9)
    payment, block = Payment.objects.get(), HourBlock.objects.get()
    Refund.objects.create(payment=payment, charge=block.charge, amount=Decimal("5.00"), target="card", external=True)
    block = HourBlock.objects.with_left().get()
    assert (block.left, block.worth) == (0, Decimal("0.00"))


def test_office_grants_hours_that_nobody_owes_and_takes_some_back(bank: Books) -> None:
    user, clerk = make_user(), make_user(is_staff=True)
    change_office(visitor_hours_year=10)
    ends = today(NOW) + timedelta(days=30)
    block = grant_hours(user, minutes=180, ends_before=ends, reason="Roof repair", by=clerk, at=NOW)
    charge = block.charge
    assert (charge.state, charge.amount, charge.events.get().reason) == (
        "void",
        Decimal("3.00"),
        "granted: Roof repair",
    )
    assert (minutes_left(user, today(NOW)), offer_hours(user, at=NOW).room) == (180, 600)
    visit = book(user, hours=1)
    assert (visit.charge, visit.state) == (charge, "active")
    with pytest.raises(PermitRefused) as refusal:
        take_back_hours(block, minutes=121, reason="Mistake", by=clerk, at=NOW)
    assert str(refusal.value).startswith("Only 2 h of this block are left.")
    entry = take_back_hours(block, minutes=90, reason="Mistake", by=clerk, at=NOW)
    assert (entry.minutes, entry.reason, entry.by, entry.permit) == (-90, "Mistake", clerk, None)
    assert minutes_left(user, today(NOW)) == 30
    with pytest.raises(PermitRefused) as refusal:
        grant_hours(user, minutes=60, ends_before=today(NOW), reason="Late", by=clerk, at=NOW)
    assert refusal.value.code == "past"


def test_hours_that_were_taken_back_can_be_refunded_and_count_once(host: User) -> None:
    clerk, block = make_user(is_staff=True), HourBlock.objects.select_related("charge").get()
    take_back_hours(block, minutes=240, reason="Misuse", by=clerk, at=NOW)
    refund(block, "4.00", by=clerk)
    assert minutes_left(host, today(NOW)) == 360


def test_visit_that_the_office_ends_says_why(host: User) -> None:
    clerk, visit = make_user(is_staff=True), book(host)
    end_visit(visit, by=clerk, reason="Fire lane", at=START + MINUTE)
    event = visit.events.order_by("-pk")[0]
    assert (event.reason, event.by, minutes_left(host, today(NOW))) == ("ended early: Fire lane", clerk, 585)


@pytest.fixture
def passes(bank: Books) -> User:
    """Brock: five single-day passes usable within 60 days."""
    change_office(visitor_passes=True, visitor_block_hours=120, visitor_hours_year=0, visitor_hours_days=60)
    user = make_user()
    block = make_hours(user, at=NOW)
    assert block.charge.description == "Visitor hours, 5 day passes"
    paid_by_card([block.charge], user)
    return user


def left(user: User) -> str:
    return written_stock(minutes_left(user, today(NOW)))


def test_each_day_begun_takes_a_whole_pass(passes: User) -> None:
    kind = make_temporary_type(takes_hours=True)
    told = []
    for hours in (1, 24, 25):
        book(passes, kind, hours=hours)
        told.append(left(passes))
    assert told == ["4 day passes", "3 day passes", "1 day pass"]
    with pytest.raises(PermitRefused) as refusal:
        book(passes, kind, hours=24.5)
    assert "You lack 1 day pass" in str(refusal.value)
    with pytest.raises(PermitRefused):
        book(passes, kind, hours=1, start=START + timedelta(days=60))  # their last day is over by then


def test_passes_of_days_that_did_not_begin_come_back(passes: User) -> None:
    permit = book(passes, hours=72)
    ended = end_visit(permit, by=passes, at=START + 23 * HOUR)
    assert (ended.cancelled, left(passes)) == (False, "4 day passes")
    whole = book(passes, start=START + timedelta(days=4), hours=30)
    assert left(passes) == "2 day passes"
    end_visit(whole, by=passes, at=NOW)
    assert left(passes) == "4 day passes"


def test_a_booking_gives_back_what_it_took_whatever_the_office_sells_now(passes: User) -> None:
    permit = book(passes, hours=2)
    change_office(visitor_passes=False)
    assert left(passes) == "96 h"
    end_visit(permit, by=passes, at=NOW)
    assert left(passes) == "120 h"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"visitor_block_hours": 120, "visitor_hours_year": 0}, []),
        ({"visitor_block_hours": 120, "visitor_hours_year": 119}, ["visitor_hours_year"]),
        ({"visitor_passes": True, "visitor_block_hours": 120, "visitor_hours_year": 240}, []),
        ({"visitor_passes": True, "visitor_block_hours": 10, "visitor_hours_year": 0}, ["visitor_passes"]),
        ({"visitor_passes": True, "visitor_block_hours": 24, "visitor_hours_year": 100}, ["visitor_passes"]),
    ],
)
def test_office_sells_what_can_be_bought_and_used(fields: dict[str, int], wrong: list[str]) -> None:
    try:
        SystemSettings(**fields).clean()
    except ValidationError as refused:
        assert list(refused.message_dict) == wrong
    else:
        assert wrong == []
