from django.db import migrations


def take_passwords_out(apps, schema_editor):
    """The trail of lots kept the hashes of their passwords."""
    LogEntry = apps.get_model("auditlog", "LogEntry")
    told = LogEntry.objects.filter(
        content_type__app_label="permits", content_type__model="lot", changes__has_key="password"
    )
    for entry in told.only("changes"):
        del entry.changes["password"]
        entry.save(update_fields=["changes"])


class Migration(migrations.Migration):
    dependencies = [
        ("auditlog", "0017_add_actor_email"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("opscom", "0040_bans_and_boots"),
    ]

    operations = [migrations.RunPython(take_passwords_out, migrations.RunPython.noop)]
