"""Bring the catalogue of offences of a city, a university or an earlier system in."""

import csv
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from opscom.lib.errors import PortalError
from opscom.lib.spreadsheets import decoded, harmless
from opscom.lib.tables import table_columns
from violations.importing.offences.mapping import USUAL, OffenceMapping, built_in_names, load_mapping
from violations.importing.offences.rows import Row, import_rows, read_rows
from violations.management.commands.import_violations import parse_fine


class Command(BaseCommand):
    """Each line is judged by itself; what is wrong with it is said by its number."""

    help = "Import offences from a CSV file. The same file again changes nothing; nothing is deleted."

    def add_arguments(self, parser: CommandParser) -> None:
        names = ", ".join(built_in_names())
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--mapping", default=USUAL, help=f"what the columns mean: {names}, or a TOML file ({USUAL})"
        )
        parser.add_argument("--dry-run", action="store_true", help="judge every line, write nothing")
        parser.add_argument("--errors", type=Path, help="CSV file for the lines that are refused, with the reasons")
        parser.add_argument("--fine", type=parse_fine, help="the fine of lines that name none")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            mapping = load_mapping(options["mapping"])
            text = decoded(file.read_bytes())
            rows = list(_rows(text, mapping, options["fine"], dry_run=options["dry_run"]))
            unused = sorted(set(table_columns(text)) - set(mapping.used))
        except (PortalError, OSError) as error:
            raise CommandError(str(error)) from error
        if options["errors"]:
            _report(rows, options["errors"])
        self._conclude(rows, unused, options)

    def _conclude(self, rows: list[Row], unused: list[str], options: dict[str, Any]) -> None:
        refused = [row for row in rows if row.problem]
        new = sum(1 for row in rows if row.is_new)
        counts = {"read": len(rows), "new": new, "same": len(rows) - new - len(refused), "refused": len(refused)}
        text = _("%(read)s read = %(new)s new or changed + %(same)s there already + %(refused)s refused") % counts
        self.stdout.write(_("%(text)s (nothing was written)") % {"text": text} if options["dry_run"] else text)
        if unused:
            self.stdout.write(_("Columns that were not used: %(names)s") % {"names": ", ".join(unused)})
        for row in refused:
            self.stdout.write(f"{row.number:>6}  {row.cells['code']} {row.cells['description'][:60]}: {row.problem}")


def _rows(text: str, mapping: OffenceMapping, fine: Decimal | None, *, dry_run: bool) -> Iterator[Row]:
    for rows in read_rows(text, mapping, fine=fine):
        if not dry_run:
            import_rows(rows)
        yield from rows


def _report(rows: list[Row], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        report = csv.writer(stream, lineterminator="\n")
        report.writerow(["line", "code", "description", "problem"])
        report.writerows(
            [row.number, harmless(row.cells["code"]), harmless(row.cells["description"]), row.problem]
            for row in rows
            if row.problem
        )
