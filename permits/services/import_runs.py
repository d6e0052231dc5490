"""Imports of permits that the office starts: a trial first, then for real; a worker reads the file."""

import csv
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from accounts.models import User
from opscom.lib.import_runs import hand_in, read_file
from opscom.lib.spreadsheets import decoded, harmless
from opscom.lib.work import hint
from permits.models import PermitImport
from permits.services.import_file import Row, count_rows, read_rows
from permits.services.importing import import_rows

HEADING = ["line", "id", "problem"]


@transaction.atomic
def start_import(
    upload: UploadedFile | None, *, by: User, dry_run: bool = True, again: PermitImport | None = None
) -> PermitImport:
    """Keep the file, or that of an earlier run, and let a worker begin."""
    from permits.tasks import go_on_with_import

    run = PermitImport(by=by, dry_run=dry_run)
    hand_in(run, upload, again=again, stored_as="permits.csv")
    hint(go_on_with_import, run_id=run.pk)
    return run


def go_on_with(run_id: int) -> None:
    """Read the whole file, unless another worker does."""
    read_file(PermitImport, run_id, _read)


def _read(run: PermitImport, path: Path, errors: Path) -> None:
    text = decoded(path.read_bytes())
    run.read = run.imported = run.unchanged = run.refused = 0
    with override(run.by.language), errors.open("w", encoding="utf-8", newline="") as stream:
        PermitImport.objects.filter(pk=run.pk).update(rows=count_rows(text))
        report = csv.writer(stream, lineterminator="\n")
        report.writerow(HEADING)
        for rows in read_rows(text):
            if not run.dry_run:
                import_rows(rows, by=run.by)
            report.writerows([row.number, harmless(row.cells["id"]), row.problem] for row in rows if row.problem)
            _note(run, rows)


def _note(run: PermitImport, rows: list[Row]) -> None:
    """How far it is, for whoever watches, and a sign of life."""
    run.read += len(rows)
    run.refused += sum(1 for row in rows if row.problem)
    run.unchanged += sum(1 for row in rows if row.known and not row.problem)
    run.imported = run.read - run.refused - run.unchanged
    run.taken_at = timezone.now()
    run.save(update_fields=["read", "refused", "unchanged", "imported", "taken_at"])
