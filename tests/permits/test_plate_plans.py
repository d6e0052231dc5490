"""A plate check reads no table from one end to the other."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from opscom.lib.dates import today
from permits.models import PermitVehicle
from permits.services.plate_check import _rows
from permits.services.plate_tokens import _counted
from tests.factories import make_permit
from vehicles.models import Vehicle

pytestmark = [pytest.mark.django_db, pytest.mark.race]  # SQLite tells plans in other words


def plan_of(rows: object) -> str:
    """PostgreSQL's plan for the rows there are, whatever it learnt of earlier ones; small tables are read whole only where
    they have to be."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    return str(rows.explain())  # type: ignore[attr-defined]


def test_check_goes_by_indexes() -> None:
    permit = make_permit()
    vehicles = Vehicle.objects.bulk_create(
        Vehicle(plate=f"GATE{number}", region="CA-ON", year=2020) for number in range(1000)
    )
    PermitVehicle.every.bulk_create(
        PermitVehicle(permit=permit, vehicle=vehicle, from_at=timezone.now()) for vehicle in vehicles
    )
    at = timezone.now()
    plan = plan_of(_rows.queryset("CKRT418", "CKRT418", permit.lot, today(at), at, at - timedelta(hours=1)))
    assert ("Seq Scan" in plan, "vehicle_look" in plan, "plate_check_permit" in plan) == (False, True, True), plan


def test_token_is_found_and_counted_by_indexes() -> None:
    plan = plan_of(_counted.queryset("GATE4", "lot-b", timezone.now()))
    assert ("Seq Scan" in plan, "plate_check_token" in plan) == (False, True), plan
