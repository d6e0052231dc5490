"""A database as a file, and that file as a scratch database beside the real one."""

import os
import secrets
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from django.core.management.base import CommandError
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper


def dump_database(file: Path) -> dict[str, int]:
    """Write the database as it is at one moment, while the portal works on; the rows of each table at that moment."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(file)) as copy:
            connection.ensure_connection()
            connection.connection.backup(copy)
            names = connection.introspection.table_names()
            return {name: copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        moment = cursor.fetchone()[0]
        _tool("pg_dump", "--format=custom", "--no-owner", f"--snapshot={moment}", f"--file={file}")
        return count_rows(connection)


def count_rows(database: BaseDatabaseWrapper) -> dict[str, int]:
    """The rows of each table."""
    rows = {}
    with database.cursor() as cursor:
        for name in sorted(database.introspection.table_names(cursor)):
            cursor.execute(f"SELECT count(*) FROM {database.ops.quote_name(name)}")  # noqa: S608
            rows[name] = cursor.fetchone()[0]
    return rows


@contextmanager
def restored(file: Path) -> Iterator[tuple[BaseDatabaseWrapper, str]]:
    """The file as a database of its own, to ask it here, and its address for others; it is gone afterwards."""
    with _scratch_name() as name:
        if connection.vendor == "sqlite":
            shutil.copyfile(file, name)
        else:
            _tool("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={name}", str(file))
        scratch = connection.copy()
        scratch.settings_dict["NAME"] = name
        try:
            yield scratch, _address(name)
        finally:
            scratch.close()


@contextmanager
def _scratch_name() -> Iterator[str]:
    if connection.vendor == "sqlite":
        with TemporaryDirectory(prefix="opscom-drill-") as folder:
            yield str(Path(folder) / "opscom.sqlite3")
        return
    name = f"opscom_drill_{secrets.token_hex(6)}"
    _tool("createdb", name)
    try:
        yield name
    finally:
        _tool("dropdb", "--force", name)


def _address(name: str) -> str:
    """As DATABASE_URL has it."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    at = connection.settings_dict
    user, password, host = (quote(str(at[key]), safe="") for key in ("USER", "PASSWORD", "HOST"))
    return f"postgres://{user}:{password}@{host}:{at['PORT'] or 5432}/{name}"


def _tool(name: str, *arguments: str) -> None:
    """One of PostgreSQL's own programs; where and who are not on its command line, which others can read."""
    if shutil.which(name) is None:
        raise CommandError(f"{name} is not installed. It comes with PostgreSQL's client (postgresql-client).")
    at = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    server = {variable: str(connection.settings_dict[key]) for variable, key in at.items()}
    environment = {**os.environ, **server}
    done = subprocess.run([name, *arguments], env=environment, capture_output=True, text=True, check=False)  # noqa: S603 (our own words)
    if done.returncode:
        raise CommandError(f"{name}: {done.stderr.strip()}")
