"""Restore a back-up into a scratch database and prove that it is whole."""

import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from django.apps import apps
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import FileField

from opscom.management.backups.copying import DATABASE, MEDIA, Contents, digest, read_contents
from opscom.management.backups.databases import count_rows, restored


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `wrong` says what is wrong with it, line by line."""

    what: str
    wrong: tuple[str, ...] = ()


def drill(backup: Path) -> Iterator[Finding]:
    """Look at all of it, one after the other. The running portal's own database is only read."""
    contents = read_contents(backup)
    spoilt = tuple(name for name, kept in contents.digests.items() if digest(backup / name) != kept)
    yield Finding("the files are as they were written", spoilt)
    if spoilt:
        return
    with restored(backup / DATABASE) as (scratch, address):
        yield _compare_rows(contents, count_rows(scratch))
        yield _manage("the code knows these tables", address, "migrate", "--noinput", "-v", "0")
        yield _manage("the books are whole", address, "ledger_check")
        yield _find_files(backup, scratch)


def _compare_rows(contents: Contents, there: dict[str, int]) -> Finding:
    names = sorted(there.keys() | contents.tables.keys())
    wrong = [
        f"{name}: {contents.tables.get(name)} saved, {there.get(name)} restored"
        for name in names
        if there.get(name) != contents.tables.get(name)
    ]
    return Finding(f"{len(names)} tables with {sum(there.values())} rows are restored", tuple(wrong))


def _manage(what: str, address: str, *command: str) -> Finding:
    """A management command on the scratch database, in a process of its own that reaches no cache, queue or mail server of
    the running portal."""
    with TemporaryDirectory(prefix="opscom-drill-") as folder:
        apart = {"DATABASE_URL": address, "REDIS_URL": "", "EMAIL_URL": "", "VAR_DIR": folder}
        done = subprocess.run(  # noqa: S603 (our own words)
            [sys.executable, str(settings.BASE_DIR / "manage.py"), *command],
            env={**os.environ, **apart},
            capture_output=True,
            text=True,
            check=False,
        )
    return Finding(what, tuple(f"{done.stdout}{done.stderr}".splitlines()) if done.returncode else ())


def _find_files(backup: Path, scratch: BaseDatabaseWrapper) -> Finding:
    """Whether each file that a row names was saved."""
    with tarfile.open(backup / MEDIA) as tar:
        saved = set(tar.getnames())
    named = set(_names(scratch))
    return Finding(f"{len(named)} files that rows name are saved", tuple(sorted(named - saved)))


def _names(scratch: BaseDatabaseWrapper) -> Iterator[str]:
    quoted = scratch.ops.quote_name
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, FileField):
                column, table = quoted(str(field.column)), quoted(model._meta.db_table)
                with scratch.cursor() as cursor:
                    cursor.execute(f"SELECT {column} FROM {table} WHERE {column} <> ''")  # noqa: S608 (our own names)
                    yield from (name for (name,) in cursor.fetchall())
