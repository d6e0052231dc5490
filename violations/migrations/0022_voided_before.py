"""Why tickets are void that were voided before it was kept, as far as their history tells: only an appeal ends a paid one, and
only spoiling a warning. Whether one that was owed was withdrawn or spoiled is known to nobody any more."""

from django.db import migrations
from django.db.models import Exists, OuterRef


def tell_why(apps, schema_editor):
    violation, event, appeal = (apps.get_model("violations", name) for name in ("Violation", "ViolationEvent", "Appeal"))
    untold = violation.objects.filter(state="void", voided_as="")

    def came_from(state):
        return Exists(event.objects.filter(violation=OuterRef("pk"), from_state=state, to_state="void"))

    granted = Exists(appeal.objects.filter(violation=OuterRef("pk"), state="cancelled"))
    untold.filter(granted).update(voided_as="grant_appeal")
    untold.filter(came_from("paid")).update(voided_as="grant_appeal")
    untold.filter(came_from("warning")).update(voided_as="spoil")


class Migration(migrations.Migration):
    dependencies = [
        ("violations", "0021_fee_of_a_lookup"),
    ]

    operations = [
        migrations.RunPython(tell_why, migrations.RunPython.noop),
    ]
