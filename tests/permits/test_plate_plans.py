"""A plate check reads no table from one end to the other."""

import pytest
from django.db import connection
from django.utils import timezone

from permits.services.plate_check import _rows
from permits.services.plate_tokens import _counted

pytestmark = [pytest.mark.django_db, pytest.mark.race]  # SQLite tells plans in other words


def plan_of(rows: object) -> str:
    """PostgreSQL's plan where it reads a whole table only because it has to: these are empty."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    return str(rows.explain())  # type: ignore[attr-defined]


def test_check_goes_by_indexes() -> None:
    plan = plan_of(_rows("CKRT418", timezone.now()))
    assert ("Seq Scan" in plan, "vehicle_look" in plan, "plate_check_permit" in plan) == (False, True, True), plan


def test_token_is_found_and_counted_by_indexes() -> None:
    plan = plan_of(_counted("GATE4", "lot-b", timezone.now()))
    assert ("Seq Scan" in plan, "plate_check_token" in plan) == (False, True), plan
