"""PINs that were kept in plain text before."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models
from pytest_django.fixtures import Settings

from opscom.lib.sealed import unseal

seal_pins = import_module("violations.migrations.0005_seal_pins")
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
