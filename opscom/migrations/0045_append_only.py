"""What tells who did what is append-only in the database itself: events of every kind, notes, the audit trail, exports."""

from django.db import migrations

from opscom.lib.append_only import FUNCTION, protect_tables, release_tables

TABLES = (
    "accounts_accountevent",
    "accounts_personnote",
    "accounts_uploadevent",
    "auditlog_logentry",
    "forms_module_submissionevent",
    "lockers_combinationview",
    "lockers_lockertermevent",
    "opscom_reportdownload",
    "payments_adjustmentevent",
    "payments_cardsetupevent",
    "payments_chargeevent",
    "payments_disputeevent",
    "payments_paymentevent",
    "payments_paymentplanevent",
    "payments_refundevent",
    "payments_storedcardevent",
    "permits_hangtagevent",
    "permits_permitevent",
    "permits_permittermevent",
    "permits_textconversationevent",
    "permits_waitlistentryevent",
    "permits_waitlistofferevent",
    "violations_appealevent",
    "violations_bootassignmentevent",
    "violations_bootevent",
    "violations_collectionscaseevent",
    "violations_violationevent",
)


def forward(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FUNCTION, params=None)
    protect_tables(schema_editor, TABLES)


def backward(apps, schema_editor):
    release_tables(schema_editor, TABLES)
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION opscom_append_only()")


class Migration(migrations.Migration):
    atomic = False  # a table after the other, so that what a running portal writes meanwhile waits for none of the others
    dependencies = [
        ("opscom", "0044_neighbours_ask"),
        ("accounts", "0043_mails_dealt_with"),
        ("auditlog", "0017_add_actor_email"),
        ("forms_module", "0002_condition_by_code"),
        ("lockers", "0007_locker_import"),
        ("payments", "0026_events_dealt_with"),
        ("permits", "0031_provisional_permits"),
        ("violations", "0024_offence_imports"),
    ]
    operations = [migrations.RunPython(forward, backward)]
