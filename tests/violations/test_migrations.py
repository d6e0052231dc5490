"""PINs that were kept in plain text before, and tickets that were voided before it was kept why."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from opscom.lib.sealed import unseal
from tests.factories import make_appeal, make_violation
from violations.models import Appeal, Violation
from violations.services.issue import spoil_violation
from violations.services.verbs import void_violation

seal_pins = import_module("violations.migrations.0005_seal_pins")
voided_before = import_module("violations.migrations.0022_voided_before")
ROWS = 7


class Earlier(models.Model):
    """The columns of a ticket between the two migrations."""

    pin = models.CharField(max_length=2)
    sealed_pin = models.CharField(max_length=120)
    objects: models.Manager["Earlier"] = models.Manager()

    class Meta:
        app_label = "tests"
        managed = False

    def __str__(self) -> str:
        return str(self.pk)


APPS = SimpleNamespace(get_model=lambda _app, _name: Earlier)


@pytest.fixture
def earlier(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> object:
    """Seven old tickets, and batches of three."""
    monkeypatch.setattr(seal_pins, "BATCH", 3)
    with connection.schema_editor() as editor:
        editor.create_model(Earlier)
    Earlier.objects.bulk_create(Earlier(pin=f"{n}K", sealed_pin="") for n in range(ROWS))
    yield
    with connection.schema_editor() as editor:
        editor.delete_model(Earlier)


def run(step: str) -> None:
    """One direction of the migration."""
    getattr(seal_pins, step)(APPS, SimpleNamespace(connection=connection))


def test_pins_are_sealed_batch_by_batch_and_opened_again(earlier: object) -> None:
    run("seal_pins")
    first = list(Earlier.objects.order_by("pk").values_list("sealed_pin", flat=True))
    assert [unseal(sealed) for sealed in first] == [f"{n}K" for n in range(ROWS)]
    Earlier.objects.order_by("pk").filter(pin="6K").update(sealed_pin="")
    run("seal_pins")  # goes on with what is left
    assert list(Earlier.objects.order_by("pk").values_list("sealed_pin", flat=True))[:6] == first[:6]
    Earlier.objects.update(pin="")
    run("open_pins")
    assert list(Earlier.objects.order_by("pk").values_list("pin", flat=True)) == [f"{n}K" for n in range(ROWS)]


def test_without_a_key_nothing_is_changed(earlier: object, settings: Settings) -> None:
    settings.SEALING_KEYS = []
    with pytest.raises(ImproperlyConfigured):
        run("seal_pins")
    assert Earlier.objects.filter(sealed_pin="").count() == ROWS


def test_history_tells_why_a_ticket_is_void_where_it_can(db: None, staff: User) -> None:
    warned, owed = make_violation(warning=True), make_violation()
    spoil_violation(warned, by=staff, reason="Wrong plate")
    void_violation(owed, by=staff, reason="A mistake")
    paid, granted = make_violation(), make_violation()
    make_appeal(violation=granted)
    decided = {"submitted_at": timezone.now(), "decided_at": timezone.now(), "fair_through": timezone.localdate()}
    Appeal.objects.update(state="cancelled", reviewer=staff, **decided)
    for violation, before in ((paid, "paid"), (granted, "open")):
        violation.events.create(at=timezone.now(), from_state=before, to_state="void")
        Violation.objects.filter(pk=violation.pk).update(state="void")
    Violation.objects.update(voided_as="")
    voided_before.tell_why(apps, SimpleNamespace(connection=connection))
    found = dict(Violation.objects.values_list("pk", "voided_as"))
    assert found == {warned.pk: "spoil", owed.pk: "", paid.pk: "grant_appeal", granted.pk: "grant_appeal"}
