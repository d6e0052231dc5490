"""The command itself: where it refuses, where it does nothing, and that it writes the same office every time."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.conf import settings as project
from django.core.management import CommandError, call_command
from django.db import transaction
from pytest_django import Settings

from accounts.models import User
from payments.models import Payment, Receipt
from permits.models import Lot, Permit
from tests.factories import make_user
from vehicles.models import Vehicle
from violations.models import Violation

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)


def seed(*arguments: str) -> str:
    out = StringIO()
    call_command("seed_demo", *arguments, stdout=out)
    return out.getvalue()


def test_seed_demo_if_empty_leaves_an_office_alone() -> None:
    make_user()
    assert seed("--if-empty") == ""
    assert (User.objects.count(), Lot.objects.count()) == (1, 0)


def test_seed_demo_refuses_an_office_of_its_own() -> None:
    make_user()
    with pytest.raises(CommandError, match="office of its own"):
        seed()
    assert (User.objects.count(), seed("--print-logins")) == (1, "There is no demo office in this database.\n")


@pytest.mark.parametrize("arguments", [(), ("--if-empty",), ("--print-logins",)])
def test_seed_demo_refuses_a_real_installation(settings: Settings, arguments: tuple[str, ...]) -> None:
    settings.DEBUG = settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        seed(*arguments)
    assert User.objects.count() == 0


def test_seed_demo_refuses_an_absurd_scale() -> None:
    with pytest.raises(CommandError, match="--scale"):
        seed("--scale", "0")


def test_seed_demo_is_the_same_every_time(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    assert fingerprint() == fingerprint()
    assert project.DEBUG is False


def fingerprint() -> dict[str, list[object]]:
    """What one run writes, taken back again."""
    with time_machine.travel(NOW, tick=False), transaction.atomic():
        seed("--scale", "0.02")
        found: dict[str, list[object]] = {
            "tickets": list(
                Violation.objects.order_by("number").values_list(
                    "number", "plate", "state", "issued_at", "offence__code", "lot__code"
                )
            ),
            "pins": [violation.pin for violation in Violation.objects.order_by("number")],
            "plates": list(
                Vehicle.objects.order_by("plate", "region").values_list("plate", "region", "make", "colour")
            ),
            "payments": list(Payment.objects.order_by("code").values_list("code", "state", "amount", "settled_at")),
            "permits": list(Permit.objects.order_by("number").values_list("number", "code", "state", "holder__email")),
            "receipts": list(Receipt.objects.order_by("number").values_list("number", "code")),
        }
        transaction.set_rollback(True)
    return found
