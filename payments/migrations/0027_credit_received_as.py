"""As what the money for a credit was received. Until now what came by Cash or Cheque was taken to be cash."""

from django.db import migrations, models


def as_it_was_counted(apps, schema_editor):
    """What is done keeps its place in the drawers and on the sheets."""
    apps.get_model('payments', 'Adjustment').objects.filter(method='cash').update(received_as='cash')


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0026_events_dealt_with'),
    ]

    operations = [
        migrations.AddField(
            model_name='adjustment',
            name='received_as',
            field=models.CharField(blank=True, choices=[('cash', 'Cash'), ('cheque', 'Cheque'), ('debit', 'Card at the counter')], max_length=10, verbose_name='received as'),
        ),
        migrations.RunPython(as_it_was_counted, migrations.RunPython.noop),
    ]
