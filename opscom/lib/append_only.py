"""Tables whose rows are written once. The database itself refuses to change or delete one (migration opscom 0045), except
within `rewriting_history`: erasing somebody's name, moving the rows of merged accounts, throwing away drafts and documents that
were taken back. It keeps people and code from doing so by the way, not the database's owner.

On SQLite deleting stays possible, as for the ledger: Django empties test tables with DELETE there, and a later migration that makes
a table anew leaves the trigger behind.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection, transaction

_rewriting: ContextVar[bool] = ContextVar("rewriting_history", default=False)
FUNCTION = """
    CREATE OR REPLACE FUNCTION opscom_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF coalesce(current_setting('opscom.rewriting', true), '') <> 'on' THEN
            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'check_violation';
        END IF;
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END $$
"""
POSTGRESQL = (
    "CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON {0}"
    " FOR EACH ROW EXECUTE FUNCTION opscom_append_only()"
)
SQLITE = """
    CREATE TRIGGER IF NOT EXISTS append_only_{0} BEFORE UPDATE ON {0} WHEN NOT opscom_rewriting()
    BEGIN SELECT RAISE(ABORT, '{0} is append-only'); END
"""


@contextmanager
def rewriting_history() -> Iterator[None]:
    """In a transaction of its own, or within the caller's: rows of these tables may be changed until the outermost block ends."""
    within = _rewriting.get()
    token = _rewriting.set(True)
    try:
        with transaction.atomic():
            if within:
                yield
            else:
                _tell("on")
                yield
                _tell("off")  # where the block fails, the rollback takes it back
    finally:
        _rewriting.reset(token)


def _tell(word: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('opscom.rewriting', %s, true)", [word])


def know_function(sender: object, connection: Any, **_kwargs: Any) -> None:
    """A new connection to SQLite can ask what PostgreSQL keeps as a setting."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("opscom_rewriting", 0, _rewriting.get)


def protect_tables(schema_editor: Any, tables: tuple[str, ...]) -> None:
    """For a migration: these tables are append-only from now on."""
    form = POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE
    for table in tables:
        schema_editor.execute(form.format(table))


def release_tables(schema_editor: Any, tables: tuple[str, ...]) -> None:
    """For a migration taken back."""
    for table in tables:
        on_table = schema_editor.connection.vendor == "postgresql"
        schema_editor.execute(
            f"DROP TRIGGER append_only ON {table}" if on_table else f"DROP TRIGGER IF EXISTS append_only_{table}"
        )
