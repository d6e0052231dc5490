"""Plate checks of a program beside the limit's page, and permits with few of them in the database and with many."""

import json
from functools import partial

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from opscom.lib.dates import Period, today
from permits.capacity import occupancies
from permits.models import Permit, PermitVehicle, PlateToken
from permits.services.plate_check import check_plate
from permits.services.plate_tokens import make_token
from tests import factories
from tests.bench.history import LETTERS, clone
from tests.bench.lists import GOAL_RATIO, Look, best_of, look
from tests.bench.load import Answer, Visitor, hammer
from tests.bench.pages import GOAL_RATIO as GOAL_RATE
from tests.bench.pages import SECONDS, load
from tests.bench.seed import pay
from tests.bench.table import Row
from tests.bench.world import World, beside, client_with
from vehicles.models import Vehicle

PATH = "/api/plate-check/"
MOST_QUERIES = 3
FEW = 1_000
A_VEHICLE = 5  # permits each
KEYS = 700_000_000  # far from those of the other history


def measure(world: World) -> list[Row]:
    """A check of a covered plate: token, plate, log."""
    row = PlateToken(name="Bench", scope=PlateToken.Scope.PERMIT, per_minute=6000)
    token = {"Authorization": f"Bearer {make_token(row)}"}
    PlateToken.objects.filter(pk=row.pk).update(per_minute=32_000)
    permit = Permit.objects.filter(holder=world.resident)[0]
    asked = {"plate": permit.plates.all()[0].vehicle.plate, "lot": permit.lot.code}
    act = partial(_check, body=json.dumps(asked).encode(), headers=token)
    queries = _count(asked, token)
    rows = [Row("Plate check: queries", str(queries), goal=f"≤ {MOST_QUERIES}", reached=queries <= MOST_QUERIES)]
    for visitors in (1, 8):
        at_portal = [Visitor(world.portal.port) for _ in range(visitors)]
        for visitor in at_portal[:2] * 2:
            assert json.loads(act(visitor).body)["covered"]
        at_limit = load(f"/page/{queries}/", [world.at_limit() for _ in range(visitors)])
        found = beside(world, partial(hammer, act, at_portal, seconds=SECONDS), at_limit)
        rows.append(
            Row(
                f"Plate check, c={visitors}",
                found.portal_words,
                f"limit, {queries} queries: {found.limit_words}",
                found.ratio,
                "≥ 0.60",
                found.ratio >= GOAL_RATE and not found.errors,
            )
        )
    return rows


def _check(visitor: Visitor, *, body: bytes, headers: dict[str, str]) -> Answer:
    return visitor.send(PATH, body, headers)


def _count(asked: dict[str, str], headers: dict[str, str]) -> int:
    client = client_with("")
    client.post(PATH, asked, "application/json", headers=headers)
    with CaptureQueriesContext(connection) as queries:
        assert client.post(PATH, asked, "application/json", headers=headers).status_code == 200
    return len(queries)


def stock(world: World) -> list[Row]:
    """The Permits page, availability and a plate check with few permits and with many, five to a vehicle."""
    one = factories.make_permit()
    pay(one.charge_id, one.holder)
    _grow(one, 0, FEW)
    few = _looks(world)
    _grow(one, FEW, world.rows)
    many = _looks(world)
    return [_judged(what, few[what], many[what], world.rows) for what in few]


def _grow(one: Permit, start: int, end: int) -> None:
    """Paid permits that are over, in the lots that still sell, each with a vehicle that others have, too."""
    key, vehicle = f"{KEYS} + g", f"{KEYS} + g / {A_VEHICLE}"
    first = "CURRENT_DATE - 60 - g % 1500"
    link = PermitVehicle.every.get(permit=one)
    span, cars = (start, end), (-(-start // A_VEHICLE), -(-end // A_VEHICLE))
    plate = f"'S' || {LETTERS.format(width=9)}"
    clone(Vehicle, link.vehicle_id, cars, id=key, plate=plate)
    clone(type(one.charge), one.charge_id, span, id=key, code=f"'T' || {LETTERS.format(width=11)}")
    own = {
        "code": "'S' || g",
        "serial": "900000 + g",
        "number": "'S-' || g",
        "charge_id": key,
        "window_id": "NULL",
        "lot_id": "(SELECT min(id) FROM permits_lot) + g % 6",
    }
    clone(Permit, one.pk, span, id=key, **own, valid_from=first, valid_before=f"{first} + 30")
    clone(PermitVehicle, link.pk, span, id=key, permit_id=key, vehicle_id=vehicle)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _looks(world: World) -> dict[str, Look]:
    lots = [window.permit_type.lot for window in world.windows]
    period, at = Period(today(), world.windows[0].valid_before), timezone.now()
    plate = "S" + "B" * 9  # of the first vehicle
    return {
        "Permits page": look(world.resident_session, "/permits/"),
        "Availability of six lots": best_of(lambda: occupancies([(lot, period) for lot in lots], at)),
        "Plate check": best_of(lambda: check_plate(plate, at=at)),
    }


def _judged(what: str, few: Look, many: Look, rows: int) -> Row:
    ratio = many.total / few.total
    return Row(
        f"{what}, {rows:,} permits against {FEW:,}",
        f"{many.total:.1f} ms, SQL {many.sql:.1f} ms, {many.queries} queries",
        f"few: {few.total:.1f} ms, SQL {few.sql:.1f} ms, {few.queries} queries",
        ratio,
        "≤ 1.50, same queries",
        ratio <= GOAL_RATIO and many.queries == few.queries,
    )
