"""Holding a place, giving it back, and money that comes late (RULES 1, 4, 6, 8)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Mail, User
from opscom.lib.dates import start_of_day, today
from opscom.models import SystemSettings
from payments.models import Charge
from payments.payables import payable_for
from permits.errors import LotFull, PermitRefused
from permits.models import Permit, PermitEvent, SalesWindow, WindowPrice
from permits.services.reserve import extend_hold, release_lapsed_holds, reserve_permit
from tests.factories import (
    make_ban,
    make_block,
    make_lot,
    make_permit,
    make_user,
    make_user_type,
    make_vehicle,
    make_window,
)
from vehicles.models import Vehicle, VehicleOwner

NOON = datetime(2026, 11, 21, 17, tzinfo=UTC)  # noon in Toronto


@pytest.fixture
def vehicle(resident: User) -> Vehicle:
    return make_vehicle(resident, plate="CKRT418")


def test_reserve_holds_a_place_and_writes_what_is_owed(resident: User, vehicle: Vehicle) -> None:
    window = make_window(price="77.00", at=NOON)
    permit = reserve_permit(resident, window=window, vehicles=[vehicle], at=NOON)
    assert (permit.state, permit.held_until, permit.lot) == (
        "held",
        NOON + timedelta(minutes=15),
        window.permit_type.lot,
    )
    assert (permit.valid_from, permit.valid_before) == (today(NOON), today(NOON) + timedelta(days=30))
    assert (permit.serial, permit.number) == (20001, f"{window.permit_type.prefix}-20001")
    assert list(permit.vehicles.all()) == [vehicle]
    charge = permit.charge
    assert (charge.kind, charge.amount, charge.payer, charge.held_until) == (
        "permit",
        Decimal("77.00"),
        resident,
        permit.held_until,
    )
    assert charge.link == f"/permits/{permit.code}/"
    assert list(PermitEvent.objects.values_list("permit", "to_state", "by")) == [(permit.pk, "held", resident.pk)]


def test_reserve_again_answers_the_same_hold(resident: User, vehicle: Vehicle) -> None:
    window = make_window()
    assert reserve_permit(resident, window=window, vehicles=[vehicle]) == reserve_permit(
        resident, window=window, vehicles=[vehicle]
    )
    assert (Permit.objects.count(), Charge.objects.count()) == (1, 1)


def test_reserve_numbers_run_on_and_honour_a_raised_first_number(db: None) -> None:
    window = make_window()
    assert [make_permit(window=window).serial for _ in range(2)] == [20001, 20002]
    window.permit_type.first_number = 30000
    window.permit_type.save()
    assert make_permit(window=window).serial == 30000


def test_reserve_last_place_goes_once(db: None) -> None:
    window = make_window(make_lot(spaces=1))
    make_permit(window=window)
    with pytest.raises(LotFull) as refused:
        make_permit(window=window)
    assert refused.value.code == "full"
    assert Permit.objects.count() == 1


def test_reserve_office_blocks_count(db: None) -> None:
    lot = make_lot(spaces=3)
    window = make_window(lot)
    make_block(lot, 2, starts_on=today() + timedelta(days=29), days=1)
    make_permit(window=window)
    with pytest.raises(LotFull):
        make_permit(window=window)


def test_reserve_blocks_of_days_gone_by_do_not_count(db: None) -> None:
    lot = make_lot(spaces=1)
    window = make_window(lot, valid_from=today() - timedelta(days=10))
    make_block(lot, 1, starts_on=today() - timedelta(days=5), days=5)
    assert make_permit(window=window).valid_from == today()


def test_reserve_takes_the_place_of_a_lapsed_hold_and_tells_its_holder(resident: User, vehicle: Vehicle) -> None:
    window = make_window(make_lot(spaces=1), at=NOON)
    lapsed = make_permit(window=window, at=NOON)
    with pytest.raises(LotFull):
        reserve_permit(resident, window=window, vehicles=[vehicle], at=NOON + timedelta(minutes=14, seconds=59))
    permit = reserve_permit(resident, window=window, vehicles=[vehicle], at=NOON + timedelta(minutes=15))
    lapsed.refresh_from_db()
    assert (permit.state, lapsed.state, lapsed.charge.state) == ("held", "released", "void")
    assert list(Mail.objects.values_list("to", "kind")) == [(lapsed.holder.email, "hold_lapsed")]


def test_reserve_own_lapsed_hold_makes_a_new_one(resident: User, vehicle: Vehicle) -> None:
    window = make_window(at=NOON)
    first = reserve_permit(resident, window=window, vehicles=[vehicle], at=NOON)
    second = reserve_permit(resident, window=window, vehicles=[vehicle], at=NOON + timedelta(minutes=20))
    assert sorted(Permit.objects.values_list("number", "state")) == [
        (first.number, "released"),
        (second.number, "held"),
    ]


def test_reserve_lapsed_hold_that_is_paid_keeps_its_place(resident: User, vehicle: Vehicle) -> None:
    """Between the money's booking and the handing over the hold may lapse; the place is sold all the same."""
    window = make_window(make_lot(spaces=1), at=NOON)
    paid = make_permit(window=window, at=NOON)
    Charge.objects.filter(pk=paid.charge_id).update(state="settled")
    later = NOON + timedelta(hours=1)
    with pytest.raises(LotFull):
        reserve_permit(resident, window=window, vehicles=[vehicle], at=later)
    assert reserve_permit(paid.holder, window=window, vehicles=[paid.vehicles.get()], at=later) == paid


@pytest.mark.rule(8)
def test_reserve_price_change_ends_the_hold(db: None) -> None:
    window = make_window(at=NOON)
    tomorrow = today(NOON) + timedelta(days=1)
    WindowPrice.objects.create(window=window, from_day=tomorrow, amount=Decimal("88.00"))
    late = start_of_day(tomorrow) - timedelta(minutes=3)
    permit = make_permit(window=window, at=late)
    assert (permit.charge.amount, permit.held_until) == (Decimal("77.00"), start_of_day(tomorrow))
    later = make_permit(window=window, at=start_of_day(tomorrow))
    assert (later.charge.amount, later.held_until) == (Decimal("88.00"), start_of_day(tomorrow) + timedelta(minutes=15))


def test_reserve_end_of_sale_ends_the_hold(db: None) -> None:
    window = make_window(at=NOON, sale_ends=NOON + timedelta(minutes=2))
    assert make_permit(window=window, at=NOON).held_until == NOON + timedelta(minutes=2)


def test_reserve_hold_lasts_as_long_as_the_office_says(db: None) -> None:
    SystemSettings.objects.create(pk=1, hold_minutes=40)
    assert make_permit(window=make_window(at=NOON), at=NOON).held_until == NOON + timedelta(minutes=40)


def not_yet(window: SalesWindow) -> None:
    window.sale_starts = NOON + timedelta(minutes=1)


def over(window: SalesWindow) -> None:
    window.sale_ends = NOON


def off(window: SalesWindow) -> None:
    window.active = False


def type_off(window: SalesWindow) -> None:
    window.permit_type.active = False


def past(window: SalesWindow) -> None:
    window.valid_from, window.valid_before = today(NOON) - timedelta(days=9), today(NOON)


def hidden(window: SalesWindow) -> None:
    window.permit_type.lot.visibility = "hidden"


def locked(window: SalesWindow) -> None:
    window.permit_type.lot.set_password("maple")


def for_others(window: SalesWindow) -> None:
    window.permit_type.lot.user_types.add(make_user_type())


def no_price(window: SalesWindow) -> None:
    window.prices.update(from_day=today(NOON) + timedelta(days=1))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (not_yet, "not-yet"),
        (over, "over"),
        (off, "window-off"),
        (type_off, "type-off"),
        (past, "past"),
        (hidden, "hidden"),
        (locked, "password"),
        (for_others, "not-for-you"),
        (no_price, "no-price"),
    ],
)
def test_reserve_what_is_not_sold_is_refused(resident: User, vehicle: Vehicle, change, code: str) -> None:  # type: ignore[no-untyped-def]
    window = make_window(at=NOON)
    change(window)
    for row in (window, window.permit_type, window.permit_type.lot):
        row.save()
    with pytest.raises(PermitRefused) as refused:
        reserve_permit(resident, window=window, vehicles=[vehicle], at=NOON)
    assert (refused.value.code, Permit.objects.count(), Charge.objects.count()) == (code, 0, 0)


def test_reserve_wants_own_active_vehicles(resident: User, vehicle: Vehicle) -> None:
    window = make_window()
    VehicleOwner.objects.create(user=resident, vehicle=(parked := make_vehicle()), active=False)
    for vehicles, code in [
        ([], "no-vehicle"),
        ([make_vehicle(make_user())], "not-your-vehicle"),
        ([vehicle, parked], "not-your-vehicle"),
    ]:
        with pytest.raises(PermitRefused) as refused:
            reserve_permit(resident, window=window, vehicles=vehicles)
        assert refused.value.code == code
    assert Permit.objects.count() == 0


def test_release_twice_releases_once(db: None) -> None:
    permit = make_permit(window=make_window(at=NOON), at=NOON)
    later = NOON + timedelta(minutes=15)
    assert [
        release_lapsed_holds(at=later - timedelta(seconds=1)),
        release_lapsed_holds(at=later),
        release_lapsed_holds(at=later),
    ] == [0, 1, 0]
    permit.refresh_from_db()
    assert (permit.state, permit.charge.state) == ("released", "void")
    assert list(permit.events.values_list("from_state", "to_state")) == [("", "held"), ("held", "released")]
    assert Mail.objects.count() == 1


def test_release_leaves_paid_permits_alone(db: None) -> None:
    permit = make_permit(window=make_window(at=NOON), at=NOON)
    payable_for(permit.charge).on_settled(permit.charge, NOON)
    assert release_lapsed_holds(at=NOON + timedelta(days=1)) == 0
    permit.refresh_from_db()
    assert (permit.state, permit.held_until) == ("active", None)


def test_extend_hold_never_shortens(db: None) -> None:
    permit = make_permit(window=make_window(at=NOON), at=NOON)
    extend_hold(permit.charge, until=NOON + timedelta(minutes=5))
    permit.refresh_from_db()
    assert permit.held_until == NOON + timedelta(minutes=15)
    extend_hold(permit.charge, until=NOON + timedelta(minutes=40))
    permit.refresh_from_db()
    assert (permit.held_until, permit.charge.held_until) == (NOON + timedelta(minutes=40),) * 2


def lapsed_permit(window: SalesWindow) -> Permit:
    permit = make_permit(window=window, at=timezone.now() - timedelta(hours=1))
    assert release_lapsed_holds() == 1
    permit.refresh_from_db()
    return permit


def test_recover_paid_late_with_space_left_takes_the_place_again(db: None) -> None:
    permit = lapsed_permit(make_window(make_lot(spaces=1)))
    assert payable_for(permit.charge).recover(permit.charge, timezone.now()) is True
    permit.refresh_from_db()
    assert permit.state == "held"


def test_recover_paid_late_without_space_does_not_activate(db: None) -> None:
    window = make_window(make_lot(spaces=1))
    permit = lapsed_permit(window)
    make_permit(window=window)
    assert payable_for(permit.charge).recover(permit.charge, timezone.now()) is False
    permit.refresh_from_db()
    assert permit.state == "released"


def test_recover_not_where_the_person_reserved_anew_even_if_that_lapsed_too(db: None) -> None:
    window = make_window()
    permit = lapsed_permit(window)
    make_permit(permit.holder, window, at=timezone.now() - timedelta(minutes=30))
    assert payable_for(permit.charge).recover(permit.charge, timezone.now()) is False


def test_recover_not_where_the_person_lost_the_privileges_meanwhile(db: None) -> None:
    permit = lapsed_permit(make_window())
    make_ban(permit.holder)
    assert payable_for(permit.charge).recover(permit.charge, timezone.now()) is False
