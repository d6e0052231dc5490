"""RULES 17 and the use of a number, as rules of the database (PostgreSQL; SQLite has no such constraints, there the services'
own checks under an IMMEDIATE transaction are all).

Plates: whoever holds a permit has no second one of the same plate at the same time. Holder and period are a permit's, so
triggers copy them to the rows of its plates, whatever writes either table. Permits for days exclude each other anywhere,
those with moments in their own lot. A hold that is to replace a permit does not count before it is paid, a courtesy car never,
and a plate that was taken off no longer. Days begin in the office's time zone as it is when this migration runs. Pairs that
overlap then stay; the later one is not guarded.
"""

from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations

ZONE = settings.TIME_ZONE.replace("'", "")
CLAIM = f"""
    lower := GREATEST(COALESCE(permit.starts_at, permit.valid_from::timestamp AT TIME ZONE '{ZONE}'), NEW.from_at);
    upper := LEAST(COALESCE(permit.ends_at, permit.valid_before::timestamp AT TIME ZONE '{ZONE}'), NEW.until_at);
    counts := permit.state IN ('active', 'suspended') OR permit.state = 'held' AND permit.replaces_id IS NULL;
    NEW.claim_holder := permit.holder_id;
    NEW.claim_lot := CASE WHEN permit.starts_at IS NULL THEN 0 ELSE permit.lot_id END;
    NEW.claim_during := CASE WHEN counts AND NOT NEW.courtesy AND lower < upper THEN tstzrange(lower, upper) END;
"""
STATEMENTS = [
    """
    ALTER TABLE permits_permit ADD CONSTRAINT permit_stock_once EXCLUDE USING gist (
        stock_id WITH =,
        tsrange(COALESCE(starts_at AT TIME ZONE 'UTC', valid_from::timestamp),
                COALESCE(ends_at AT TIME ZONE 'UTC', valid_before::timestamp)) WITH &&
    ) WHERE (stock_id IS NOT NULL AND state IN ('held', 'active', 'suspended'))
    """,
    """
    ALTER TABLE permits_permitvehicle
        ADD COLUMN claim_holder bigint, ADD COLUMN claim_lot bigint, ADD COLUMN claim_during tstzrange
    """,
    f"""
    CREATE FUNCTION permits_claim_plate() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE permit permits_permit; lower timestamptz; upper timestamptz; counts boolean;
    BEGIN
        SELECT * INTO permit FROM permits_permit WHERE id = NEW.permit_id;
        {CLAIM}
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION permits_claim_plates() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE permits_permitvehicle SET permit_id = permit_id WHERE permit_id = NEW.id;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER claim_plate BEFORE INSERT OR UPDATE ON permits_permitvehicle
        FOR EACH ROW EXECUTE FUNCTION permits_claim_plate()
    """,
    "UPDATE permits_permitvehicle SET permit_id = permit_id",
    "ALTER TABLE permits_permitvehicle DISABLE TRIGGER claim_plate",
    """
    UPDATE permits_permitvehicle later SET claim_during = NULL FROM permits_permitvehicle earlier
     WHERE earlier.claim_holder = later.claim_holder AND earlier.vehicle_id = later.vehicle_id
       AND earlier.claim_lot = later.claim_lot AND earlier.claim_during && later.claim_during AND earlier.id < later.id
    """,
    "ALTER TABLE permits_permitvehicle ENABLE TRIGGER claim_plate",
    """
    ALTER TABLE permits_permitvehicle ADD CONSTRAINT permit_plate_once EXCLUDE USING gist (
        claim_holder WITH =, vehicle_id WITH =, claim_lot WITH =, claim_during WITH &&
    ) WHERE (claim_during IS NOT NULL)
    """,
    """
    CREATE TRIGGER claim_plates
        AFTER UPDATE OF holder_id, lot_id, state, valid_from, valid_before, starts_at, ends_at, replaces_id ON permits_permit
        FOR EACH ROW EXECUTE FUNCTION permits_claim_plates()
    """,
]
UNDO = [
    "ALTER TABLE permits_permit DROP CONSTRAINT permit_stock_once",
    "DROP TRIGGER claim_plates ON permits_permit",
    "DROP TRIGGER claim_plate ON permits_permitvehicle",
    "DROP FUNCTION permits_claim_plates()",
    "DROP FUNCTION permits_claim_plate()",
    "ALTER TABLE permits_permitvehicle DROP CONSTRAINT permit_plate_once",
    "ALTER TABLE permits_permitvehicle DROP COLUMN claim_holder, DROP COLUMN claim_lot, DROP COLUMN claim_during",
]


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in STATEMENTS:
            schema_editor.execute(statement)


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in UNDO:
            schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [("permits", "0017_numbers")]

    operations = [BtreeGistExtension(), migrations.RunPython(add, remove)]
