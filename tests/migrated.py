"""A migrated database, kept between runs and copied for every process: migrating takes most of a minute, a copy a second.

What is kept is keyed by the code and the packages that make it, so it is never older than those, and a copy needs no
migrating.
"""

import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from functools import cache, partial
from hashlib import blake2b
from inspect import getfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import django
from django.apps import apps
from django.apps.registry import Apps
from django.conf import settings
from django.db import connection
from django.db.models import Field
from django.test.utils import setup_databases

from tests.emptying import MADE_ANEW

SHAPING = {"migrations", "models", "lib", "roles", "apps"}
KEPT = Path(settings.BASE_DIR) / ".pytest_cache" / "migrated"
DEAF = SimpleNamespace(connect=lambda receiver: None)
Old = list[tuple[object, str, bool]]


def set_up_database() -> Old:
    """The test database of this process, for `teardown_databases`."""
    name = connection.creation._get_test_db_name()  # type: ignore[attr-defined]
    kept = KEPT / f"{connection.vendor}-{_key()}"
    with _one_at_a_time():
        if not kept.exists():
            with _models_drawn_quickly():
                old = setup_databases(verbosity=0, interactive=False, aliases={"default"}, serialized_aliases=set())  # type: ignore[arg-type]
            _keep(name, kept)
            return old  # type: ignore[return-value]
    _copy(kept, name)
    return _use(name)


@contextmanager
def _models_drawn_quickly() -> Iterator[None]:
    """Migrations draw thousands of models, which takes most of their time. Each state field would look for transitions in each of
    them, each field would be taken to pieces and put together again, and each relation look anew for what may be swapped."""
    clone, found = Field.clone, cache(partial(vars(Apps)["get_swappable_settings_name"].__wrapped__, apps))

    def copied(field: Any) -> Any:
        if field.remote_field:
            return clone(field)
        again = copy(field)
        again.creation_counter, Field.creation_counter = Field.creation_counter, Field.creation_counter + 1
        return again

    def swappable(_apps: Apps, name: str) -> str | None:
        return found(name)

    swappable.cache_clear = lambda: None  # type: ignore[attr-defined]
    with (
        patch("django_fsm.class_prepared", DEAF),
        patch.object(Field, "clone", copied),
        patch.object(Apps, "get_swappable_settings_name", swappable),
    ):
        yield


def _use(name: str) -> Old:
    """As `setup_databases` leaves the connection, its database being there already."""
    before = connection.settings_dict["NAME"]
    connection.close()
    settings.DATABASES[connection.alias]["NAME"] = connection.settings_dict["NAME"] = name
    connection.ensure_connection()
    return [(connection, before, True)]


def _key() -> str:
    """Changes with the code that makes the database: migrations, models, and what fills tables after them."""
    digest = blake2b(f"{django.__version__} {sys.version}".encode(), digest_size=10)
    folders = [Path(config.path) for config in apps.get_app_configs()]
    own = [folder for folder in folders if folder.is_relative_to(settings.BASE_DIR)]
    files = {path for folder in own for path in folder.rglob("*.py") if SHAPING & {path.stem, path.parent.name}}
    files |= {Path(getfile(make)) for _model, make in MADE_ANEW}
    files |= set((Path(settings.BASE_DIR) / "requirements").glob("*.txt"))
    for path in sorted(files):
        digest.update(path.read_bytes())
    return digest.hexdigest()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / f"{connection.vendor}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _keep(name: str, kept: Path) -> None:
    """Write it where it is kept, whole or not at all; what was kept of older code goes."""
    for older in KEPT.glob(f"{connection.vendor}-*"):
        older.unlink()
    unfinished = kept.with_suffix(".part")
    if connection.vendor == "sqlite":
        with sqlite3.connect(name) as source, sqlite3.connect(unfinished) as target:
            source.backup(target)
    else:
        with unfinished.open("wb") as output:
            subprocess.run([_program("pg_dump"), "--no-owner"], check=True, stdout=output, env=_environment(name))
    unfinished.rename(kept)


def _copy(kept: Path, name: str) -> None:
    if connection.vendor == "sqlite":
        for rest in ("-wal", "-shm"):
            Path(name + rest).unlink(missing_ok=True)
        shutil.copyfile(kept, name)
        return
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)}")
        cursor.execute(f"CREATE DATABASE {connection.ops.quote_name(name)}")
    command = [_program("psql"), "-qX", "-v", "ON_ERROR_STOP=1", "-f", str(kept)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=_environment(name))


def _environment(name: str) -> dict[str, str]:
    """Where PostgreSQL's tools find the server; not on their command line, which others can read."""
    fields = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    server = {variable: str(connection.settings_dict[field]) for variable, field in fields.items()}
    return {**os.environ, **server, "PGDATABASE": name}


def _program(name: str) -> str:
    """PostgreSQL's own tool beside its server, where it is not on the path."""
    debian = Path("/usr/lib/postgresql/15/bin") / name
    return str(debian) if debian.exists() else name
