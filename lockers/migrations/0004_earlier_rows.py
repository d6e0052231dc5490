from django.db import migrations
from django.utils import timezone

from opscom.lib.codes import new_code


def complete(apps, schema_editor):
    """Codes for rows from before; terms that are over are ended; and of two that share a day (nothing kept them apart but a
    form) the one that was given first stays, the other one is ended, and its history says why."""
    for name in ("LockerSite", "LockerTerm"):
        rows = apps.get_model("lockers", name).objects
        for pk in list(rows.order_by().values_list("pk", flat=True)):
            rows.filter(pk=pk).update(code=new_code())
    terms, events = apps.get_model("lockers", "LockerTerm").objects, apps.get_model("lockers", "LockerTermEvent").objects
    terms.filter(ends_before__lte=timezone.localdate()).update(state="ended")
    for term in terms.filter(state="active").order_by("given_at", "pk"):
        earlier = terms.filter(locker=term.locker_id, state="active", starts_on__lt=term.ends_before)
        others = earlier.filter(ends_before__gt=term.starts_on).exclude(pk=term.pk).order_by("given_at", "pk")
        first = others.first()
        if first and (first.given_at, first.pk) < (term.given_at, term.pk):
            terms.filter(pk=term.pk).update(state="ended")
            events.create(
                term_id=term.pk, at=timezone.now(), from_state="active", to_state="ended", reason="shared its days with an earlier term"
            )


class Migration(migrations.Migration):

    dependencies = [
        ('lockers', '0003_sites_and_sales'),
    ]

    operations = [
        migrations.RunPython(complete, migrations.RunPython.noop),
    ]
