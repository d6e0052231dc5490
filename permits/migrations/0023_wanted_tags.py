import django_fsm
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("permits", "0022_visitor_hours"),
    ]

    operations = [
        migrations.AlterField(
            model_name="hangtag",
            name="state",
            field=django_fsm.FSMField(
                choices=[
                    ("wanted", "Waits for the payment"),
                    ("to_make", "To make"),
                    ("made", "Made"),
                    ("out", "Posted or handed over"),
                    ("dropped", "Not wanted any more"),
                ],
                default="to_make",
                max_length=10,
                protected=True,
                verbose_name="state",
            ),
        ),
    ]
