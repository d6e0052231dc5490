"""Somebody who has visitors: hours bought, two visitors known by name, and one of them expected."""

from datetime import timedelta

from opscom.lib.dates import Period
from opscom.management.demo import money
from opscom.management.demo.world import World, at_clock
from permits.models import PermitType
from permits.services.visitors.booking import book_visit, keep_plate
from permits.services.visitors.wallet import buy_hours, offer_hours
from vehicles.services import vehicle_by_plate

HOST, VISITORS = "employee", {"Aunt Rosa": "BXVN330", "Piano tuner": "CLTR905"}


def plan_visitors(world: World) -> None:
    """The employee's: this morning's purchase, and a visit tomorrow."""
    world.then(world.now - timedelta(hours=3), lambda: _buy(world))
    world.then(world.now - timedelta(hours=1), lambda: _expect(world))


def _buy(world: World) -> None:
    user, at = world.login(HOST), world.now - timedelta(hours=3)
    block = buy_hours(user, expected=offer_hours(user, at=at).priced.total, at=at)
    money.pay_by_card([block.charge], user=user, email=user.email, at=at)


def _expect(world: World) -> None:
    user = world.login(HOST)
    cars = [vehicle_by_plate(plate, region="CA-ON") for plate in VISITORS.values()]
    for name, car in zip(VISITORS, cars, strict=True):
        keep_plate(user, car, name=name)
    starts = at_clock(world.today + timedelta(days=1), 14)
    permit_type = PermitType.objects.select_related("lot").get(takes_hours=True)
    period = Period(starts, starts + timedelta(hours=3))
    book_visit(user, permit_type=permit_type, vehicle=cars[0], period=period, at=world.now - timedelta(hours=1))
