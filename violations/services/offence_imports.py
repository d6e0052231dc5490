"""Catalogues of offences that the office brings in: a trial first, then for real; a worker reads the file."""

from decimal import Decimal
from functools import partial
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile

from accounts.models import User
from opscom.lib.import_runs import hand_in, read_file, read_table
from violations.importing.offences.mapping import USUAL, read_mapping
from violations.importing.offences.rows import import_rows, read_rows
from violations.models import OffenceImport


def start_import(
    upload: UploadedFile | None,
    *,
    by: User,
    mapping: str = USUAL,
    fine: Decimal | None = None,
    dry_run: bool = True,
    again: OffenceImport | None = None,
) -> OffenceImport:
    """Keep the file, or that of an earlier run, and let a worker begin. MappingError for a table that cannot be read."""
    from violations.tasks import go_on_with_offences

    read_mapping(mapping)
    run = OffenceImport(by=by, mapping=mapping, fine=fine, dry_run=dry_run)
    return hand_in(run, upload, again=again, stored_as="offences.csv", reader=go_on_with_offences)


def go_on_with(run_id: int) -> None:
    """Read the whole file, unless another worker does."""
    read_file(OffenceImport, run_id, _read)


def _read(run: OffenceImport, path: Path, errors: Path) -> None:
    look = partial(read_rows, mapping=read_mapping(run.mapping), fine=run.fine)
    read_table(run, path, errors, look=look, write=import_rows, key="description")
