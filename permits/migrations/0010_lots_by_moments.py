from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("permits", "0009_lot_groups_and_closures"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="lotblock",
            name="block_forward",
        ),
        migrations.RemoveField(
            model_name="lot",
            name="visible",
        ),
        migrations.RemoveField(
            model_name="lotblock",
            name="ends_before",
        ),
        migrations.RemoveField(
            model_name="lotblock",
            name="starts_on",
        ),
        migrations.AlterField(
            model_name="lotblock",
            name="starts_at",
            field=models.DateTimeField(verbose_name="from"),
        ),
        migrations.AlterField(
            model_name="lotblock",
            name="ends_at",
            field=models.DateTimeField(verbose_name="ends"),
        ),
        migrations.AddConstraint(
            model_name="lotblock",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                name="block_moments_forward",
                violation_error_message="It ends after it starts.",
            ),
        ),
        migrations.AddConstraint(
            model_name="lot",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "spaces__gte",
                        models.F("accessible_spaces")
                        + models.F("visitor_spaces")
                        + models.F("electric_spaces")
                        + models.F("motorcycle_spaces"),
                    )
                ),
                name="lot_kinds_fit",
                violation_error_message="The kinds together are more than the lot's spaces. Lower one of them.",
            ),
        ),
    ]
