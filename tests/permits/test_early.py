"""Renew a permit while it still runs: no day is lost, none paid twice, and one renewal waits at a time."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import User
from opscom.lib.dates import today
from payments.payables import payable_for
from permits.errors import LotFull, PermitRefused
from permits.models import Permit, SalesWindow
from permits.services.early import windows_after
from permits.services.reserve import release_lapsed_holds, reserve_permit
from permits.services.rollover import turn_rollover_on
from tests.factories import (
    make_entry,
    make_lot,
    make_permit,
    make_stored_card,
    make_user,
    make_vehicle,
    make_waitlist,
    make_window,
)
from vehicles.models import Vehicle

NOON = datetime(2026, 11, 21, 17, tzinfo=UTC)  # noon in Toronto
DAY = today(NOON)
END = DAY + timedelta(days=30)


@pytest.fixture
def vehicle(resident: User) -> Vehicle:
    return make_vehicle(resident, plate="CKRT418")


@pytest.fixture
def permit(resident: User, vehicle: Vehicle) -> Permit:
    return paid(make_permit(resident, make_window(make_lot(spaces=1), at=NOON), at=NOON))


def paid(permit: Permit, **fields: object) -> Permit:
    Permit.objects.filter(pk=permit.pk).update(state="active", held_until=None, **fields)
    permit.refresh_from_db()
    return permit


def following(permit: Permit, *, first: int = 20, before: int = 50, **fields: object) -> SalesWindow:
    """The window after it, of which the permit's last days are a part."""
    return make_window(
        permit.lot,
        at=NOON,
        valid_from=DAY + timedelta(days=first),
        valid_before=DAY + timedelta(days=before),
        **fields,  # type: ignore[arg-type]
    )


def renew(permit: Permit, window: SalesWindow, **kwargs: object) -> Permit:
    vehicles = [link.vehicle for link in permit.plates.all()]
    return reserve_permit(permit.holder, window=window, vehicles=vehicles, renews=permit, at=NOON, **kwargs)  # type: ignore[arg-type]


def test_renewal_begins_on_the_day_after_the_end_even_where_the_lot_is_full_of_the_old_one(permit: Permit) -> None:
    window = following(permit)
    new = renew(permit, window)
    assert (new.valid_from, new.valid_before, new.renews, new.state) == (END, DAY + timedelta(days=50), permit, "held")
    assert new.charge.amount == Decimal("77.00")
    permit.refresh_from_db()
    assert (permit.state, permit.valid_before) == ("active", END)


def test_renewal_is_quoted_as_a_late_purchase_of_its_days(permit: Permit) -> None:
    permit.permit_type.proration = "day"
    permit.permit_type.save()
    new = renew(permit, following(permit, price="30.00"))
    assert (new.charge.amount, new.price_note) == (
        Decimal("20.00"),
        "prorated: 20 of 30 days; the whole price is $30.00",
    )


def test_renewal_again_answers_the_same_hold_and_another_window_is_refused(permit: Permit) -> None:
    window = following(permit)
    first = renew(permit, window)
    assert renew(permit, window) == first
    with pytest.raises(PermitRefused) as refused:
        renew(permit, following(permit, before=90))
    assert (refused.value.code, str(refused.value)) == (
        "renewed",
        f"You renewed this permit already: {first.number} follows it.",
    )
    assert Permit.objects.count() == 2


def test_renewal_that_lapsed_may_be_made_again_and_late_money_for_it_waits_for_staff(permit: Permit) -> None:
    lapsed = renew(permit, following(permit))
    release_lapsed_holds(at=NOON + timedelta(hours=1))
    other = reserve_permit(
        permit.holder,
        window=following(permit, before=90),
        vehicles=[link.vehicle for link in permit.plates.all()],
        renews=permit,
        at=NOON + timedelta(hours=1),
    )
    assert other.renews == permit
    assert payable_for(lapsed.charge).recover(lapsed.charge, NOON + timedelta(hours=1)) is False


@pytest.mark.parametrize("case", ["held", "over", "rollover", "other type", "ends before it"])
def test_renewal_of_what_cannot_go_on_is_refused(permit: Permit, case: str) -> None:
    window = following(permit)
    if case == "held":
        Permit.objects.update(state="held", held_until=NOON + timedelta(minutes=5))
    elif case == "over":
        Permit.objects.update(valid_from=DAY - timedelta(days=9), valid_before=DAY)
    elif case == "rollover":
        Permit.objects.update(rollover=True)
    elif case == "other type":
        window = make_window(at=NOON, valid_before=DAY + timedelta(days=90))
    else:
        Permit.objects.update(valid_before=window.valid_before)
    with pytest.raises(PermitRefused) as refused:
        renew(permit, window)
    assert (refused.value.code, Permit.objects.count()) == ("not-renewable", 1)


def test_renewal_keeps_its_place_before_a_waitlist_and_is_refused_where_others_took_it(permit: Permit) -> None:
    window = following(permit, first=30, before=60)
    make_entry(make_waitlist(window))
    with pytest.raises(LotFull) as refused:
        reserve_permit(make_user(), window=window, vehicles=[make_vehicle()], at=NOON)
    assert refused.value.code == "queue"
    assert renew(permit, window).state == "held"
    late = paid(make_permit(window=make_window(make_lot(spaces=1), at=NOON), at=NOON))
    window = following(late, first=30, before=60)
    make_permit(window=window, at=NOON)
    with pytest.raises(LotFull):
        renew(late, window)


def test_rollover_is_refused_once_a_permit_is_renewed(permit: Permit) -> None:
    renew(permit, following(permit))
    with pytest.raises(PermitRefused) as refused:
        turn_rollover_on(permit, card=make_stored_card(permit.holder), by=permit.holder, at=NOON)
    assert refused.value.code == "renewed"


def test_windows_after_are_those_on_sale_that_end_later(permit: Permit) -> None:
    short, long = following(permit), following(permit, before=90)
    following(permit, before=25)
    following(permit, sale_starts=NOON + timedelta(days=1))
    following(permit, active=False)
    make_window(at=NOON, valid_before=DAY + timedelta(days=90))
    assert list(windows_after(permit, at=NOON)) == [short, long]
