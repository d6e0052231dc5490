from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("permits", "0023_wanted_tags"),
    ]

    operations = [
        migrations.AddField(
            model_name="lotblock",
            name="called_off_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="called off"),
        ),
        migrations.AddField(
            model_name="lotblock",
            name="recalled_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="everybody told that it is called off"),
        ),
        migrations.AddField(
            model_name="lotblock",
            name="recalled_to",
            field=models.BigIntegerField(default=0, editable=False),
        ),
    ]
