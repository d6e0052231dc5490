"""Sell permits: who buys in which lot, when, and how the payment went."""

from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from typing import Any

from accounts.models import User
from opscom.lib.dates import today
from opscom.management.demo import money
from opscom.management.demo.catalogue import draw, office_facts
from opscom.management.demo.world import World, at_clock
from payments.models import Charge, Payment
from permits.errors import LotFull
from permits.models import SalesWindow
from permits.services.reserve import release_lapsed_holds, reserve_permit

# What becomes of a reservation, in a hundred.
COURSES = {"card": 82, "counter": 8, "declined_first": 3, "cancelled": 2, "expired": 2, "lapsed": 3}
RENEWS = {0: 0, 1: 30, 2: 100, 3: 20}  # of a lot's month holders, in a hundred: two months ago, last, this, next month


def plan_sales(world: World) -> None:
    """Every lot sells to as many people as the catalogue says."""
    buyers = [
        user for user in world.people if user.is_active and world.vehicles.get(user.pk) and user not in world.cast
    ]
    world.rng.shuffle(buyers)
    lots = sorted(office_facts()["lots"], key=lambda facts: facts.get("special") not in {"full", "oversold"})
    for facts in lots:
        special = facts.get("special", "")
        wanted = facts["sold"] if special in {"full", "oversold"} else world.scaled(facts["sold"])
        chosen = [user for user in buyers if _may_buy(world, user, facts)][:wanted]
        buyers = [user for user in buyers if user not in chosen]
        for user in chosen:
            _plan_buyer(world, user, facts, course="card" if special in {"full", "oversold"} else "")


def buy(world: World, user: User, window: SalesWindow, course: str, at: datetime) -> None:
    """Reserve and pay, or not."""
    vehicles = world.vehicles[user.pk][:2]
    with suppress(LotFull):  # as in life: some come too late
        permit = reserve_permit(user, window=window, vehicles=vehicles, at=at)
        pay_for(world, permit.charge, user, course, at + timedelta(minutes=1))


def pay_for(world: World, charge: Charge, user: User, course: str, at: datetime) -> None:
    """One of the courses that a payment can take."""
    if course == "promised":
        money.promise([charge], user=user, at=at)
    elif course == "counter":
        _pay_at_counter(world, money.promise([charge], user=user, at=at), at + timedelta(hours=20))
    elif course == "lapsed":
        _release(world, user, at + timedelta(minutes=20))
    else:
        _pay_by_card(world, money.open_page([charge], user=user, email=user.email, at=at), user, course, at)


def _pay_by_card(world: World, payment: Payment, user: User, course: str, at: datetime) -> None:
    if course == "declined_first":
        money.leave_page(payment, "fail", "The bank said no.")
        payment = money.open_page_again(payment.checkout, email=user.email, at=at + timedelta(minutes=3))
    if course in {"cancelled", "expired"}:
        money.leave_page(payment, course.removesuffix("led").removesuffix("d"), "")
        _release(world, user, at + timedelta(minutes=40))
        return
    paid_at = min(at + timedelta(minutes=5), world.now)
    world.then(paid_at, lambda: money.finish_page(payment, at=paid_at))


def _pay_at_counter(world: World, payment: Payment, at: datetime) -> None:
    received_as = world.rng.choice(["cash", "cheque", "debit"])
    world.then(at, lambda: money.bring(payment, received_as=received_as, by=world.login("cashier"), at=at))


def _release(world: World, user: User, at: datetime) -> None:
    world.then(at, lambda: release_lapsed_holds(at=at, holder=user))


def _may_buy(world: World, user: User, facts: dict[str, Any]) -> bool:
    allowed = facts.get("user_types", [])
    return not allowed or any(world.types[code].pk == user.user_type_id for code in allowed)


def _plan_buyer(world: World, user: User, facts: dict[str, Any], *, course: str) -> None:
    windows = list(
        SalesWindow.objects.filter(permit_type__lot=world.lots[facts["code"]]).order_by("period", "valid_from")
    )
    months = [window for window in windows if window.period == SalesWindow.Period.MONTH]
    others = [window for window in windows if window.period != SalesWindow.Period.MONTH]
    if others and (not months or world.rng.random() < 0.4):
        wanted = [world.rng.choice(others)]
    else:
        wanted = [window for n, window in enumerate(months) if world.rng.randrange(100) < RENEWS[n]]
    for window in wanted:
        at = _sale_time(world, world.rng, window)
        if at:
            how = course or draw(world.rng, COURSES)
            world.then(at, lambda window=window, how=how, at=at: buy(world, user, window, how, at))  # type: ignore[misc]


def _sale_time(world: World, rng: Random, window: SalesWindow) -> datetime | None:
    """Mostly in the days around the first day of validity; None where that is too long ago for the services, or to come."""
    first = max(window.sale_starts, world.service_start, at_clock(window.valid_from - timedelta(days=14), 0))
    last = min(window.sale_ends, world.now - timedelta(hours=2), at_clock(window.valid_before, 0) - timedelta(days=1))
    if window.period == SalesWindow.Period.MONTH:
        last = min(last, max(at_clock(window.valid_from + timedelta(days=6), 0), first + timedelta(days=5)))
    if first >= last:
        return None
    at = first + (last - first) * rng.random()
    daytime = at_clock(today(at), rng.randrange(7, 23), rng.randrange(60))
    return daytime if first <= daytime <= last else at
