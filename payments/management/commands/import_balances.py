"""Bring opening balances of an earlier system in."""

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from opscom.lib.spreadsheets import harmless
from payments.errors import PaymentRefused
from payments.services.opening import enter_balance, read_balance

COLUMNS = ("key", "email", "amount", "description", "date")


class Command(BaseCommand):
    """One row after the other, each in a transaction of its own."""

    help = (
        "Import what people owed (positive) or had to their credit (negative) from a CSV file with the columns "
        f"{', '.join(COLUMNS)}. Run it again to resume: a key that is there is left alone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="judge every row, write nothing")
        parser.add_argument("--errors", type=Path, help="CSV file for the rows that are refused, each with the reason")

    def handle(self, *, file: Path, **options: Any) -> None:
        counts: Counter[str] = Counter()
        with ExitStack() as stack:
            stream = (
                stack.enter_context(options["errors"].open("w", encoding="utf-8", newline=""))
                if options["errors"]
                else None
            )
            errors = csv.writer(stream or self.stderr, lineterminator="\n")
            errors.writerow(["line", "key", "problem"])
            for line, cells in _rows(file):
                try:
                    counts[self._take(cells, dry_run=options["dry_run"])] += 1
                except PaymentRefused as refusal:
                    counts["refused"] += 1
                    errors.writerow([line, harmless(cells.get("key", "")), harmless(str(refusal))])
        text = _("%(imported)s imported, %(there)s there already, %(refused)s refused")
        self.stdout.write(text % {name: counts[name] for name in ("imported", "there", "refused")})
        if options["dry_run"]:
            self.stdout.write(_("nothing was written"))
        if counts["refused"]:
            sys.exit(1)

    def _take(self, cells: dict[str, str], *, dry_run: bool) -> str:
        """A dry run enters the row, too, and takes it back, so that it judges as the import will."""
        if len(cells) != len(COLUMNS):
            raise PaymentRefused(_("The row has not as many cells as the heading."), code="cells")
        try:
            with transaction.atomic():
                entered = enter_balance(read_balance(cells))
                transaction.set_rollback(dry_run)
        except IntegrityError as error:
            raise PaymentRefused(_("Another import entered this key meanwhile."), code="differs") from error
        return "imported" if entered else "there"


def _rows(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, cells by column) of each row; cells that are missing or have no heading are left out."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            heading = [name.strip().lower() for name in next(reader, [])]
            if missing := sorted(set(COLUMNS) - set(heading)):
                raise CommandError(_("The file has no column %(missing)s.") % {"missing": ", ".join(missing)})
            for cells in reader:
                if cells:
                    fits = len(cells) == len(heading)
                    found = dict(zip(heading, cells, strict=False))
                    yield reader.line_num, {name: found[name] for name in COLUMNS if fits or name == "key"}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CommandError(_("%(file)s cannot be read: %(error)s") % {"file": file, "error": error}) from error
