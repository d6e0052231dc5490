"""Imports of lockers that the office starts: a trial first, then for real; a worker reads the file."""

from pathlib import Path

from django.core.files.uploadedfile import UploadedFile

from accounts.models import User
from lockers.models import LockerImport
from lockers.services.sheet import import_rows, read_rows
from opscom.lib.import_runs import hand_in, read_file, read_table


def start_import(
    upload: UploadedFile | None, *, by: User, dry_run: bool = True, again: LockerImport | None = None
) -> LockerImport:
    """Keep the file, or that of an earlier run, and let a worker begin."""
    from lockers.tasks import go_on_with_import

    run = LockerImport(by=by, dry_run=dry_run)
    return hand_in(run, upload, again=again, stored_as="lockers.csv", reader=go_on_with_import)


def go_on_with(run_id: int) -> None:
    """Read the whole file, unless another worker does."""
    read_file(LockerImport, run_id, _read)


def _read(run: LockerImport, path: Path, errors: Path) -> None:
    read_table(run, path, errors, look=read_rows, write=import_rows, key="number")
