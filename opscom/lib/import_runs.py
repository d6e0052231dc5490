"""Files of another system that the office brings in: each reading is a row, a worker reads it, and whatever dies is followed by
another one, which skips what is there."""

import csv
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path, PurePath
from typing import ClassVar, Protocol, TypeVar

from celery import Task
from django.conf import settings
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import OperationalError, models, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from opscom.lib.codes import random_code
from opscom.lib.errors import PortalError
from opscom.lib.retention import Retention
from opscom.lib.spreadsheets import decoded, harmless
from opscom.lib.tables import Cells, table_lines
from opscom.lib.work import hint

logger = logging.getLogger(__name__)
LEASE, KEPT = timedelta(minutes=5), timedelta(days=30)


def run_code() -> str:
    """The folder of a stored file: 130 bits that nobody guesses."""
    return random_code(26)


def run_path(run: "FileRun", filename: str) -> str:
    """Where the file and its errors are stored."""
    return f"{run.FOLDER}/{run.code}/{PurePath(filename).name}"


class FileRun(models.Model):
    """One reading of a file, for trial or for real. A worker that has taken it says so with each batch; one that fell silent
    is followed by another, which skips what is there."""

    FOLDER: ClassVar[str]

    code = models.CharField(max_length=26, unique=True, default=run_code, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("file"), max_length=200)
    file = models.FileField(_("file"), upload_to=run_path, blank=True)
    dry_run = models.BooleanField(_("trial"), default=True)
    made_at = models.DateTimeField(_("handed in"), default=timezone.now)
    taken_at = models.DateTimeField(_("last sign of the worker"), null=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)
    expires_at = models.DateTimeField(null=True, editable=False)
    rows = models.PositiveIntegerField(_("rows"), default=0, editable=False)
    read = models.PositiveIntegerField(_("read"), default=0, editable=False)
    imported = models.PositiveIntegerField(_("imported"), default=0, editable=False)
    unchanged = models.PositiveIntegerField(_("there already"), default=0, editable=False)
    refused = models.PositiveIntegerField(_("refused"), default=0, editable=False)
    failure = models.TextField(_("why it stopped"), blank=True, editable=False)
    errors = models.FileField(_("errors"), upload_to=run_path, blank=True, editable=False)

    class Meta:
        abstract = True
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return self.name


Run = TypeVar("Run", bound=FileRun)


@transaction.atomic
def hand_in(run: Run, upload: UploadedFile | None, *, again: Run | None, stored_as: str, reader: Task) -> Run:
    """Keep the file, or that of an earlier run, with the row, and let a worker begin: `reader` is told the run's key."""
    name = upload.name if upload else again.name if again else ""
    run.name = (name or "")[:200]
    if upload:
        run.file.save(stored_as, File(upload.file), save=False)
    elif again:
        run.file = again.file.name
    run.save()
    hint(reader, run_id=run.pk)
    return run


def sweep_runs(model: type[Run], *, reader: Task) -> None:
    """Follow those that broke off, and delete the files whose time is over."""
    forget_files(model)
    for pk in unfinished_runs(model):
        hint(reader, run_id=pk)


def unfinished_runs(model: type[Run], *, at: datetime | None = None) -> list[int]:
    """Keys of those that no worker is reading."""
    return list(model._default_manager.filter(_free(at or timezone.now())).values_list("pk", flat=True))


def read_file(
    model: type[Run], pk: int, read: Callable[[Run, Path, Path], None], *, at: datetime | None = None
) -> None:
    """Read a whole file, unless another worker does: `read` gets the run, a copy of the file, and where its errors go. What is
    wrong with it as a whole, a PortalError, is kept as `failure`; so is that anything else went wrong, since the same file
    would go wrong for ever. Only a database that is away is waited for."""
    started = at or timezone.now()
    if not model._default_manager.filter(_free(started), pk=pk).update(taken_at=started):
        return
    run = model._default_manager.get(pk=pk)
    with tempfile.TemporaryDirectory() as folder:
        path, errors = Path(folder) / "file.csv", Path(folder) / "errors.csv"
        try:
            with run.file.open("rb") as stored, path.open("wb") as copy:
                shutil.copyfileobj(stored, copy)
            with override(run.by.language):
                read(run, path, errors)
        except PortalError as error:
            run.failure = str(error)
        except OperationalError:
            raise
        except Exception:
            logger.exception("file %s of %s cannot be read", pk, model._meta.label)
            with override(run.by.language):
                run.failure = gettext("The file cannot be read. The worker's log says why; hand it in again.")
        if errors.exists():
            with errors.open("rb") as stream:
                run.errors.save("errors.csv", File(stream), save=False)
    run.finished_at = timezone.now()
    run.expires_at = run.finished_at + KEPT
    run.save(update_fields=["failure", "errors", "finished_at", "expires_at"])


class Line(Protocol):
    """A line of a table: what it says, whether it adds something, and why it is left out."""

    number: int
    cells: Cells
    problem: str

    @property
    def is_new(self) -> bool: ...


AnyLine = TypeVar("AnyLine", bound=Line)


def read_table(
    run: FileRun,
    path: Path,
    errors: Path,
    *,
    look: Callable[[str], Iterable[Sequence[AnyLine]]],
    write: Callable[[Sequence[AnyLine]], None],
    key: str,
) -> None:
    """What `read_file` calls for a table: `look` gives its lines, some at a time, and `write` writes them where it is no trial.
    `errors` gets a line for each that was refused, with its cell in the column `key`."""
    text = decoded(path.read_bytes())
    run.rows = sum(1 for _line in table_lines(text, ()))
    run.read = run.imported = run.unchanged = run.refused = 0
    run.save(update_fields=["rows"])
    with errors.open("w", encoding="utf-8", newline="") as stream:
        report = csv.writer(stream, lineterminator="\n")
        report.writerow(["line", key, "problem"])
        for lines in look(text):
            if not run.dry_run:
                write(lines)
            report.writerows([line.number, harmless(line.cells[key]), line.problem] for line in lines if line.problem)
            _note(run, lines)


def _note(run: FileRun, lines: Sequence[Line]) -> None:
    """How far it is, for whoever watches, and a sign of life."""
    run.read += len(lines)
    run.refused += sum(1 for line in lines if line.problem)
    run.imported += sum(1 for line in lines if line.is_new)
    run.unchanged = run.read - run.refused - run.imported
    run.taken_at = timezone.now()
    run.save(update_fields=["read", "refused", "unchanged", "imported", "taken_at"])


def files_retention(model: type[FileRun], *, records: Promise) -> Retention:
    """The same for the office's page of what does not stay."""
    return Retention(
        key=f"{model._meta.model_name}_files",
        records=records,
        becomes=_("The file is deleted, with the list of its errors. Who brought it in, and the counts, stay."),
        setting=KEPT.days,
        due=lambda before: _with_files(model, before + KEPT),
        end=lambda _runs: forget_files(model),
    )


def _with_files(model: type[Run], at: datetime) -> QuerySet[Run]:
    return model._default_manager.filter(expires_at__lte=at).exclude(file="", errors="")


def forget_files(model: type[Run], *, at: datetime | None = None) -> None:
    """Delete the files whose time is over; the counts stay. A file that another run still needs stays, too."""
    rows = model._default_manager
    for run in _with_files(model, at or timezone.now()):
        shared = rows.filter(file=run.file.name).exclude(pk=run.pk).exists()
        for stored in (run.errors, *([] if shared else [run.file])):
            if stored:
                stored.delete(save=False)
        rows.filter(pk=run.pk).update(file="", errors="")


def _free(at: datetime) -> Q:
    return Q(finished_at=None) & (Q(taken_at=None) | Q(taken_at__lte=at - LEASE))
