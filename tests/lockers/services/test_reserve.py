"""Holding a locker, giving it back, renewing it, and money that comes late."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Mail, User
from lockers.errors import LockerRefused, LockerTaken
from lockers.models import LockerPrice, LockerSite, LockerTerm, LockerTermEvent
from lockers.services.ending import cancel_hold
from lockers.services.offers import list_locations
from lockers.services.reserve import release_lapsed_holds, renew_locker, reserve_locker
from lockers.services.switching import switch_locker
from opscom.lib.dates import today
from payments.models import Charge
from payments.services.attempts import resolve_payment
from payments.services.promises import promise_payment
from tests.factories import (
    change_office,
    hold_locker,
    make_checkout,
    make_locker,
    make_locker_term,
    make_locker_window,
    make_tax,
    make_user,
    make_user_type,
)
from tests.payments.conftest import begin, pay_at_provider

NOON = datetime(2026, 11, 21, 17, tzinfo=UTC)  # noon in Toronto
LONG_AGO = timedelta(hours=1)


def paid(term: LockerTerm) -> LockerTerm:
    """The term, paid by card."""
    assert term.charge is not None
    payment = begin(make_checkout([term.charge], term.user))
    pay_at_provider(payment)
    resolve_payment(payment)
    term.refresh_from_db()
    return term


def test_reserve_holds_the_locker_and_writes_what_is_owed(resident: User) -> None:
    make_tax(kinds=["locker"])
    locker, window = make_locker(number="114"), make_locker_window(at=NOON)
    term = reserve_locker(resident, locker=locker, window=window, at=NOON)
    assert (term.state, term.held_until, term.locker, term.window) == (
        "held",
        NOON + timedelta(minutes=15),
        locker,
        window,
    )
    assert (term.starts_on, term.ends_before) == (today(NOON), today(NOON) + timedelta(days=100))
    charge = term.charge
    assert charge is not None
    assert (charge.kind, charge.amount, charge.payer, charge.held_until, charge.link) == (
        "locker",
        Decimal("42.00"),
        resident,
        term.held_until,
        f"/lockers/{term.code}/",
    )
    assert charge.description == f"Locker {locker}"
    assert list(LockerTermEvent.objects.values_list("term", "to_state", "by")) == [(term.pk, "held", resident.pk)]
    assert reserve_locker(resident, locker=locker, window=window, at=NOON) == term


def test_reserve_price_of_the_nearest_site_above_counts_and_the_windows_own_first(db: None) -> None:
    building = LockerSite.objects.create(name="Arena", price=Decimal("30.00"))
    area = LockerSite.objects.create(name="Level 1", parent=building)
    window = make_locker_window()
    assert hold_locker(locker=make_locker(area), window=window).charge.amount == Decimal("30.00")  # type: ignore[union-attr]
    LockerPrice.objects.create(window=window, site=building, amount=Decimal("25.00"))
    assert hold_locker(locker=make_locker(area), window=window).charge.amount == Decimal("25.00")  # type: ignore[union-attr]
    area.price = Decimal("50.00")
    area.save()
    assert hold_locker(locker=make_locker(area), window=window).charge.amount == Decimal("50.00")  # type: ignore[union-attr]


def test_reserve_free_of_charge_is_active_at_once(resident: User) -> None:
    site = LockerSite.objects.create(name="Arena", price=Decimal(0))
    term = hold_locker(resident, make_locker(site))
    assert (term.state, term.charge, Charge.objects.count()) == ("active", None, 0)


def test_reserve_taken_locker_is_refused_and_free_again_after_the_hold(resident: User) -> None:
    locker, window = make_locker(), make_locker_window()
    first = hold_locker(locker=locker, window=window)
    with pytest.raises(LockerTaken):
        reserve_locker(resident, locker=locker, window=window)
    LockerTerm.objects.filter(pk=first.pk).update(held_until=timezone.now())
    assert reserve_locker(resident, locker=locker, window=window).state == "held"
    first.refresh_from_db()
    assert (first.state, first.charge.state) == ("released", "void")  # type: ignore[union-attr]
    assert list(Mail.objects.values_list("to", "kind")) == [(first.user.email, "locker_lapsed")]


def test_reserve_as_many_as_the_office_allows(resident: User) -> None:
    window = make_locker_window()
    hold_locker(resident, window=window)
    with pytest.raises(LockerRefused) as refusal:
        hold_locker(resident, window=window)
    assert refusal.value.code == "too-many"
    change_office(lockers_per_person=2)
    assert hold_locker(resident, window=window).state == "held"


@pytest.mark.parametrize(
    ("site", "locker", "window", "code"),
    [
        ({"visibility": "hidden"}, {}, {}, "not-for-you"),
        ({"price": None}, {}, {}, "no-price"),
        ({}, {"condition": "broken"}, {}, "broken"),
        ({}, {"condition": "archived"}, {}, "broken"),
        ({}, {}, {"active": False}, "not-on-sale"),
        ({}, {}, {"sale_starts": NOON + timedelta(days=1)}, "not-on-sale"),
        ({}, {}, {"valid_from": today(NOON) - timedelta(days=9), "valid_before": today(NOON)}, "not-on-sale"),
    ],
)
def test_reserve_says_why_not(
    resident: User, site: dict[str, object], locker: dict[str, object], window: dict[str, object], code: str
) -> None:
    place = LockerSite.objects.create(**{"name": "Arena", "price": Decimal(40)} | site)
    with pytest.raises(LockerRefused) as refusal:
        reserve_locker(
            resident, locker=make_locker(place, **locker), window=make_locker_window(at=NOON, **window), at=NOON
        )
    assert refusal.value.code == code
    assert Charge.objects.count() == 0


def test_reserve_user_types_are_inherited(resident: User) -> None:
    building = LockerSite.objects.create(name="Arena", price=Decimal(40))
    building.user_types.add(make_user_type())
    area = LockerSite.objects.create(name="Level 1", parent=building)
    with pytest.raises(LockerRefused):
        hold_locker(resident, make_locker(area))
    resident.user_type = make_user_type()
    area.user_types.add(resident.user_type)
    assert hold_locker(resident, make_locker(area)).state == "held"


def test_paid_locker_is_active_and_a_promise_keeps_it(resident: User) -> None:
    assert paid(hold_locker(resident)).state == "active"
    promised = hold_locker()
    assert promised.charge is not None
    payment = promise_payment(make_checkout([promised.charge], promised.user), email="a@example.test")
    promised.refresh_from_db()
    assert promised.held_until == payment.promise_until
    assert release_lapsed_holds(at=timezone.now() + LONG_AGO) == 0


def test_paid_late_takes_the_locker_again_if_it_is_free(resident: User) -> None:
    term = hold_locker(resident)
    assert term.charge is not None
    payment = begin(make_checkout([term.charge], resident))
    LockerTerm.objects.update(held_until=timezone.now())
    assert release_lapsed_holds() == 1
    pay_at_provider(payment)
    resolve_payment(payment)
    term.refresh_from_db()
    assert [event.to_state for event in term.events.all()] == ["held", "released", "held", "active"]


def test_paid_late_for_a_locker_that_is_gone_is_surplus(resident: User) -> None:
    term = hold_locker(resident)
    assert term.charge is not None
    payment = begin(make_checkout([term.charge], resident))
    LockerTerm.objects.update(held_until=timezone.now())
    release_lapsed_holds()
    hold_locker(locker=term.locker, window=term.window)
    pay_at_provider(payment)
    resolve_payment(payment)
    term.refresh_from_db()
    payment.refresh_from_db()
    assert (term.state, payment.attention) == ("released", "surplus")


def test_cancelled_hold_is_free_at_once_unless_it_is_being_paid(resident: User) -> None:
    term = hold_locker(resident)
    assert cancel_hold(term, by=resident).state == "cancelled"
    term.charge.refresh_from_db()  # type: ignore[union-attr]
    assert term.charge.state == "void"  # type: ignore[union-attr]
    other = hold_locker(resident, term.locker, window=term.window)
    assert other.charge is not None
    promise_payment(make_checkout([other.charge], resident), email=resident.email)
    with pytest.raises(LockerRefused) as refusal:
        cancel_hold(other, by=resident)
    assert refusal.value.code == "under-way"


def test_renewal_comes_before_the_general_sale_and_adjoins(resident: User) -> None:
    term = make_locker_term(resident)
    window = make_locker_window(valid_from=today() + timedelta(days=20), sale_starts=timezone.now() + timedelta(days=5))
    with pytest.raises(LockerRefused):
        renew_locker(term, window=window, by=resident)
    window.renewal_starts = timezone.now()
    window.save()
    renewed = renew_locker(term, window=window, by=resident)
    assert (renewed.state, renewed.locker, renewed.starts_on) == ("held", term.locker, term.ends_before)
    assert renew_locker(term, window=window, by=resident) == renewed
    with pytest.raises(LockerRefused):
        reserve_locker(make_user(), locker=make_locker(), window=window)


@pytest.mark.django_db
@pytest.mark.rule(48)
def test_who_comes_late_pays_the_part_that_is_left_and_switching_the_part_of_the_difference() -> None:
    window = make_locker_window(at=NOON, proration="day")  # 100 days
    site = LockerSite.objects.create(name="Library", price=Decimal("40.00"))
    dear = LockerSite.objects.create(name="Gym", price=Decimal("60.00"))
    user, late = make_user(), NOON + timedelta(days=25)
    first = reserve_locker(make_user(), locker=make_locker(site), window=window, at=NOON)
    term = reserve_locker(user, locker=make_locker(site), window=window, at=late)
    assert [each.charge.amount for each in (first, term) if each.charge] == [Decimal("40.00"), Decimal("30.00")]
    shown = {offer.label: offer for offer in list_locations(user, window, at=late)}
    assert (shown["Library"].price, str(shown["Library"].part)) == (term.charge.amount, "prorated: 75 of 100 days")  # type: ignore[union-attr]
    paid(term)
    new = switch_locker(term, to=make_locker(dear), by=user, at=late + timedelta(days=25))
    assert new.charge is not None
    assert new.charge.amount == Decimal("10.00")  # half of the 20 that it costs more
