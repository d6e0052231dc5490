from datetime import datetime, time

import django.utils.timezone
from django.db import migrations, models
from django.utils import timezone


def date_back(apps, schema_editor):
    """Terms from before were given, as far as anybody knows, on the day on which they start."""
    terms = apps.get_model("lockers", "LockerTerm")
    for term in terms.objects.only("starts_on").iterator():
        given = timezone.make_aware(datetime.combine(term.starts_on, time.min))
        terms.objects.filter(pk=term.pk).update(given_at=given)


class Migration(migrations.Migration):

    dependencies = [
        ('lockers', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='lockerterm',
            name='given_at',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='given'),
        ),
        migrations.RunPython(date_back, migrations.RunPython.noop),
    ]
