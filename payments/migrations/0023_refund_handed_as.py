"""How a refund was handed out. Until now it was taken to be as it was paid, and in cash what was paid by card."""

from django.db import migrations, models


def as_it_was_counted(apps, schema_editor):
    """What is done keeps its place in the drawers and on the sheets."""
    done = apps.get_model('payments', 'Refund').objects.filter(target='office', state='done')
    done.filter(models.Q(payment__received_as='cash') | models.Q(payment__method='card')).update(handed_as='cash')
    done.filter(payment__received_as='cheque').update(handed_as='cheque')


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0022_guest_plans'),
    ]

    operations = [
        migrations.AddField(
            model_name='refund',
            name='handed_as',
            field=models.CharField(blank=True, choices=[('cash', 'Cash'), ('cheque', 'Cheque'), ('other', 'Another way')], max_length=10, verbose_name='handed out as'),
        ),
        migrations.RunPython(as_it_was_counted, migrations.RunPython.noop),
    ]
