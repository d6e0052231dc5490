"""Bring tickets of another system in."""

import sys
import time
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext as _

from opscom.lib.errors import PortalError
from violations.importing.catalogue import Catalogue, match_survey, skeleton
from violations.importing.importer import Importer
from violations.importing.mapping import Mapping, MappingError, built_in_names, load_mapping, load_toml
from violations.importing.reading import open_sheet
from violations.importing.report import Report
from violations.importing.rows import parse_amount
from violations.importing.survey import Survey, survey_sheet

LISTED = 40


class Command(BaseCommand):
    """Reads the file twice: first for the offences and lots it names, which must all be known, then for its rows."""

    help = (
        "Import tickets from a CSV file, plain or gzip. Run it again to resume; tickets that are there are left alone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        names = ", ".join(built_in_names())
        parser.add_argument("file", type=Path)
        parser.add_argument("--mapping", required=True, help=f"what the columns mean: {names}, or a TOML file")
        parser.add_argument("--dry-run", action="store_true", help="judge every row, write nothing")
        parser.add_argument("--errors", type=Path, help="CSV file for everything that is wrong with a row")
        parser.add_argument(
            "--offences", type=Path, help="TOML file with a table [offences]: the file's word = the catalogue's code"
        )
        parser.add_argument("--lots", type=Path, help="TOML file with a table [lots]: the file's word = the lot's code")
        parser.add_argument(
            "--write-missing",
            type=Path,
            metavar="FILE",
            help="write a TOML file to complete, of offences and lots that are unknown",
        )
        parser.add_argument(
            "--create-offences", action="store_true", help="enter unknown offences with the file's own wording and fine"
        )
        parser.add_argument(
            "--fine", type=parse_fine, help="with --create-offences: the fine of offences for which the file names none"
        )
        parser.add_argument("--batch", type=int, default=1000, help="rows in a transaction (1000)")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            mapping = load_mapping(options["mapping"])
            with open_sheet(file, mapping) as sheet:
                survey = survey_sheet(sheet)
            catalogue = self._match(survey, mapping, options)
            report = self._import(file, mapping, catalogue, survey, options)
        except PortalError as error:
            raise CommandError(str(error)) from error
        except IntegrityError as error:
            raise CommandError(
                _("Another import entered the same tickets meanwhile. Run this one again; it skips what is there.")
            ) from error
        self._conclude(report, dry_run=options["dry_run"])

    def _match(self, survey: Survey, mapping: Mapping, options: dict[str, Any]) -> Catalogue:
        offences = _table(options["offences"], "offences")
        lots = _table(options["lots"], "lots")
        catalogue = match_survey(
            survey, mapping, offences=offences, lots=lots, create=options["create_offences"], fine=options["fine"]
        )
        if catalogue.complete:
            return catalogue
        if options["write_missing"]:
            options["write_missing"].write_text(skeleton(survey, catalogue, mapping), encoding="utf-8")
        raise CommandError(_missing(catalogue, survey, options["write_missing"]))

    def _import(
        self, file: Path, mapping: Mapping, catalogue: Catalogue, survey: Survey, options: dict[str, Any]
    ) -> Report:
        if not options["dry_run"]:
            catalogue.save_new()
        with ExitStack() as stack:
            sheet = stack.enter_context(open_sheet(file, mapping))
            errors = (
                stack.enter_context(options["errors"].open("w", encoding="utf-8", newline=""))
                if options["errors"]
                else None
            )
            importer = Importer(
                sheet, catalogue, Report(errors), timezone.now(), max(options["batch"], 1), options["dry_run"]
            )
            return importer.run(Pace(survey.rows, self.stderr))

    def _conclude(self, report: Report, *, dry_run: bool) -> None:
        counts = {
            "read": report.read,
            "imported": report.imported,
            "unchanged": report.unchanged,
            "refused": report.refused,
        }
        text = _("%(read)s read = %(imported)s imported + %(unchanged)s there already + %(refused)s refused") % counts
        note = _("nothing was written")
        self.stdout.write(f"{text} ({note})" if dry_run else text)
        for problem, rows in report.problems.most_common():
            self.stdout.write(f"{rows:>8}  {problem.value}: {problem.label}")


class Pace:
    """Says how far the import is, every other second at most."""

    def __init__(self, rows: int, stream: Any = sys.stderr) -> None:
        self.rows, self.stream = rows, stream
        self.started = self.said = time.monotonic()

    def __call__(self, report: Report) -> None:
        now = time.monotonic()
        if now - self.said < 2 and report.read < self.rows:
            return
        self.said = now
        rate = report.read / max(now - self.started, 0.001)
        words = {"read": f"{report.read:,}", "rows": f"{self.rows:,}", "rate": f"{rate:,.0f}"}
        self.stream.write(_("%(read)s of %(rows)s rows, %(rate)s rows/s") % words)


def parse_fine(text: str) -> Decimal:
    """An amount above zero, as an argument of a command."""
    amount = parse_amount(text)
    if not amount:
        raise ValueError(text)
    return amount


def _table(path: Path | None, name: str) -> dict[str, Any] | None:
    if path is None:
        return None
    content = load_toml(path)
    if not isinstance(content.get(name), dict):
        raise MappingError(_("%(path)s has no table [%(name)s].") % {"path": path, "name": name})
    return content[name]


def _missing(catalogue: Catalogue, survey: Survey, written: Path | None) -> str:
    lines = []
    for title, keys, seen in (
        (_("Unknown offences"), catalogue.missing_offences, survey.offences),
        (_("Unknown lots"), catalogue.missing_lots, survey.lots),
    ):
        if keys:
            lines.append(f"{title} ({len(keys)}):")
            lines += [f"  {key or '–'}  {seen[key].usual_wording()}  ({seen[key].rows})" for key in keys[:LISTED]]
            lines += ["  …"] if len(keys) > LISTED else []
    lines.append(
        _(
            "Nothing was written. Name them with --offences and --lots; --write-missing makes a file to complete, --create-offences enters offences as the file names them."
        )
    )
    if written:
        lines.append(_("To complete: %(path)s") % {"path": written})
    return "\n".join(lines)
