"""The ledger is append-only in the database itself: no code, shell or admin can change what was booked."""

from django.db import migrations

POSTGRESQL = [
    """
    CREATE FUNCTION payments_ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'check_violation';
    END $$
    """,
    """
    CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON payments_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION payments_ledger_append_only()
    """,
]
# SQLite: deleting stays possible, because Django empties test tables with DELETE there.
SQLITE = [
    """
    CREATE TRIGGER ledger_append_only BEFORE UPDATE ON payments_ledgerentry
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
    """,
]


def forward(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def backward(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER ledger_append_only ON payments_ledgerentry")
        schema_editor.execute("DROP FUNCTION payments_ledger_append_only()")
    else:
        schema_editor.execute("DROP TRIGGER ledger_append_only")


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]
    operations = [migrations.RunPython(forward, backward)]
