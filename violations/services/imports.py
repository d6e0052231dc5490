"""Imports that the office starts: the file waits as a row, a worker reads it, and whatever dies is followed by another."""

import tomllib
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.import_runs import hand_in, read_file
from violations.importing.catalogue import Catalogue, match_survey, skeleton
from violations.importing.importer import Importer
from violations.importing.mapping import Mapping, MappingError, built_in_names, load_mapping, make_mapping
from violations.importing.reading import open_sheet
from violations.importing.report import Report
from violations.importing.survey import survey_sheet
from violations.models import ImportRun

LISTED = 20
AND = "\n# and\n"


def start_import(
    upload: UploadedFile | None,
    *,
    by: User,
    mapping: str,
    words: str = "",
    create_offences: bool = False,
    dry_run: bool = True,
    again: ImportRun | None = None,
) -> ImportRun:
    """Keep the file, or that of an earlier run, and let a worker begin. MappingError for tables that cannot be read."""
    from violations.tasks import go_on_with_import

    read_mapping(mapping)
    read_words(words)
    run = ImportRun(by=by, mapping=mapping, words=words, create_offences=create_offences, dry_run=dry_run)
    return hand_in(run, upload, again=again, stored_as="tickets.csv", reader=go_on_with_import)


def read_mapping(text: str) -> Mapping:
    """A built-in mapping by name, or the office's own."""
    return load_mapping(text) if text in built_in_names() else make_mapping(_toml(text))


def read_words(text: str) -> dict[str, dict[str, Any]]:
    """The tables [offences] and [lots], each empty where it is not given; what a later trial asked for comes after AND."""
    tables = [_toml(part) for part in text.split(AND)]
    return {name: {k: v for table in tables for k, v in table.get(name, {}).items()} for name in ("offences", "lots")}


def go_on_with(run_id: int, *, at: datetime | None = None) -> None:
    """Read the whole file, unless another worker does."""
    read_file(ImportRun, run_id, _read, at=at)


def _read(run: ImportRun, path: Path, errors: Path) -> None:
    mapping = read_mapping(run.mapping)
    with open_sheet(path, mapping) as sheet:
        survey = survey_sheet(sheet)
    ImportRun.objects.filter(pk=run.pk).update(rows=survey.rows)
    words = read_words(run.words)
    catalogue = match_survey(
        survey, mapping, create=run.create_offences, offences=words["offences"], lots=words["lots"]
    )
    if not catalogue.complete:
        ImportRun.objects.filter(pk=run.pk).update(missing=skeleton(survey, catalogue, mapping))
        raise MappingError(_missing(catalogue))
    if not run.dry_run:
        catalogue.save_new()
    with open_sheet(path, mapping) as sheet, errors.open("w", encoding="utf-8", newline="") as stream:
        importer = Importer(sheet, catalogue, Report(stream), timezone.now(), dry_run=run.dry_run)
        try:
            importer.run(partial(_note, run))
        except IntegrityError as error:
            raise MappingError(
                _("Another import entered the same tickets meanwhile. Start it again; it skips what is there.")
            ) from error


def _note(run: ImportRun, report: Report) -> None:
    """How far it is, for whoever watches, and a sign of life."""
    ImportRun.objects.filter(pk=run.pk).update(
        taken_at=timezone.now(),
        read=report.read,
        imported=report.imported,
        unchanged=report.unchanged,
        refused=report.refused,
        problems={problem.value: times for problem, times in report.problems.most_common()},
    )


def _missing(catalogue: Catalogue) -> str:
    parts = [_("Nothing was written.")]
    if catalogue.missing_offences:
        parts.append(_("Unknown offences: %(names)s.") % {"names": _listed(catalogue.missing_offences)})
    if catalogue.missing_lots:
        parts.append(_("Unknown lots: %(names)s.") % {"names": _listed(catalogue.missing_lots)})
    return " ".join([*parts, _("Say below what they mean, then start again.")])


def _listed(names: list[str]) -> str:
    return ", ".join(name or "–" for name in names[:LISTED]) + (" …" if len(names) > LISTED else "")


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError(_("This cannot be read: %(error)s") % {"error": error}) from error
