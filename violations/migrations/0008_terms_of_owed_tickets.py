"""Tickets that are owed keep the terms that their charge has: its discount and its due day, and no late fee."""

from itertools import islice

from django.db import migrations
from django.utils import timezone

BATCH = 1000


def keep_terms(apps, schema_editor):
    """Write them down, a thousand at a time."""
    violations = apps.get_model("violations", "Violation").objects.filter(state="open", terms={})
    owed = violations.select_related("charge").order_by("pk").iterator(chunk_size=BATCH)
    while batch := list(islice(owed, BATCH)):
        for violation in batch:
            violation.terms = _terms(violation, violation.charge)
        violations.model.objects.bulk_update(batch, ["terms"])


def _terms(violation, charge):
    issued = timezone.localdate(violation.issued_at)
    early = charge.reduced_amount if charge.reduced_through else None
    return {
        "fine": str(charge.amount),
        "admin_fee": "0.00",
        "early": None if early is None else str(early),
        "early_days": max((charge.reduced_through - issued).days, 0) if early is not None else 0,
        "due_days": max((charge.due_on - issued).days, 0) if charge.due_on else 30,
        "steps": [],
        "business": False,
        "appeal_ends_early": False,
        "repeated": False,
        "forgiven": False,
    }


class Migration(migrations.Migration):
    dependencies = [("violations", "0007_fines_over_time"), ("payments", "0016_cash_desk")]

    operations = [migrations.RunPython(keep_terms, migrations.RunPython.noop)]
