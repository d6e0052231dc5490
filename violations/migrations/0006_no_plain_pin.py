from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('violations', '0005_seal_pins'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='violation',
            name='pin',
        ),
        migrations.AddConstraint(
            model_name='violation',
            constraint=models.CheckConstraint(condition=models.Q(('sealed_pin', ''), _negated=True), name='violation_pin_sealed'),
        ),
    ]
