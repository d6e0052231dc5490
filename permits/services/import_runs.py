"""Imports of permits that the office starts: a trial first, then for real; a worker reads the file."""

from functools import partial
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile

from accounts.models import User
from opscom.lib.import_runs import hand_in, read_file, read_table
from permits.models import PermitImport
from permits.services.import_file import read_rows
from permits.services.importing import import_rows


def start_import(
    upload: UploadedFile | None, *, by: User, dry_run: bool = True, again: PermitImport | None = None
) -> PermitImport:
    """Keep the file, or that of an earlier run, and let a worker begin."""
    from permits.tasks import go_on_with_import

    run = PermitImport(by=by, dry_run=dry_run)
    return hand_in(run, upload, again=again, stored_as="permits.csv", reader=go_on_with_import)


def go_on_with(run_id: int) -> None:
    """Read the whole file, unless another worker does."""
    read_file(PermitImport, run_id, _read)


def _read(run: PermitImport, path: Path, errors: Path) -> None:
    read_table(run, path, errors, look=read_rows, write=partial(import_rows, by=run.by), key="id")
