"""Seal the PINs that were kept in plain text, in batches that each commit: a run that was stopped goes on where it was."""

from django.db import connections, migrations, transaction

from opscom.lib.sealed import seal, unseal

BATCH = 5000


def seal_pins(apps, schema_editor):
    """Needs a key in SEALING_KEYS where there are tickets; says so before anything has changed."""
    _copy(apps, schema_editor, "pin", "sealed_pin", seal, only_empty=True)


def open_pins(apps, schema_editor):
    """Back to plain text."""
    _copy(apps, schema_editor, "sealed_pin", "pin", unseal, only_empty=False)


def _copy(apps, schema_editor, source, target, change, *, only_empty):
    model = apps.get_model("violations", "Violation")
    table, alias = model._meta.db_table, schema_editor.connection.alias
    rows = model.objects.using(alias).order_by("pk")
    rows = rows.filter(**{target: ""}) if only_empty else rows
    last = 0
    while batch := list(rows.filter(pk__gt=last).values_list("pk", source)[:BATCH]):
        with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
            cursor.executemany(
                f"UPDATE {table} SET {target} = %s WHERE id = %s", [(change(text), pk) for pk, text in batch]
            )
        last = batch[-1][0]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("violations", "0004_sealed_pin"),
    ]

    operations = [
        migrations.RunPython(seal_pins, open_pins),
    ]
