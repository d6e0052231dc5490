"""The second reading of a file: judge each row and write the good ones, batch by batch."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import reset_queries
from django.utils.translation import gettext as _

from opscom.lib.money import ZERO
from violations.importing.catalogue import Catalogue
from violations.importing.problems import Problem, finding
from violations.importing.reading import Sheet
from violations.importing.report import Report, SeenNumbers
from violations.importing.rows import Row, RowReader
from violations.models import Offence, Violation
from violations.services.bulk import enter_violations

STATES = {"paid": Violation.State.PAID, "void": Violation.State.VOID, "warning": Violation.State.WARNING}
Progress = Callable[[Report], None]


@dataclass
class Importer:
    """One run over one sheet. Each batch is one transaction: a run that was killed is started again and skips what is there."""

    sheet: Sheet
    catalogue: Catalogue
    report: Report
    now: datetime
    batch: int = 1000
    dry_run: bool = False

    def run(self, progress: Progress) -> Report:
        """Import everything; `progress` is called after each batch."""
        reader = RowReader(self.sheet, now=self.now)
        lines = iter(self.sheet)
        with closing(SeenNumbers()) as seen:
            while rows := [reader.read(line) for line in islice(lines, self.batch)]:
                self.report.read += len(rows)
                self._refuse_repeats(rows, seen)
                self._write(rows)
                for row in rows:
                    self.report.add_problems(row)
                if settings.DEBUG:
                    reset_queries()  # or Django would keep every statement of the run
                progress(self.report)
        return self.report

    def _refuse_repeats(self, rows: list[Row], seen: SeenNumbers) -> None:
        for row in rows:
            first = seen.first_line(row.number) if row.number else None
            if first is not None:
                row.find(Problem.DUPLICATE_IN_FILE, _("line %(line)s") % {"line": first})
            elif not row.refused:
                seen.add(row.number, row.line)

    def _write(self, rows: list[Row]) -> None:
        there = _there_already([row.number for row in rows if not row.refused])
        fresh: list[tuple[Row, Violation]] = []
        for row in rows:
            violation = None if row.refused else self._ticket(row)
            if violation is None:
                self.report.refused += 1
            elif row.number in there:
                self.report.unchanged += 1
                _compare(row, violation, there[row.number])
            else:
                self.report.imported += 1
                fresh.append((row, violation))
        if fresh and not self.dry_run:
            review = _("This ticket is under review. It can be paid after the decision.")
            blocked = {row.number: review for row, _violation in fresh if row.state == "review"}
            reason = _("Imported from %(source)s") % {"source": self.sheet.mapping.source}
            enter_violations([violation for _row, violation in fresh], reason=reason, blocked=blocked, at=self.now)

    def _ticket(self, row: Row) -> Violation | None:
        """The row as a ticket that is not saved yet, None if it cannot go in after all."""
        offence = self.catalogue.offences[row.offence]
        lot = self.catalogue.lots.get(row.lot)
        amount, state = self._amount_and_state(row, offence)
        if row.refused or row.issued_at is None:
            return None
        location = row.texts["location"] or ("" if lot else row.lot[:120])
        return Violation(
            number=row.number,
            offence=offence,
            amount=amount,
            state=state,
            issued_at=row.issued_at,
            time_known=row.time_known,
            lot=lot,
            location=location,
            plate=row.plate,
            plate_region=row.plate_region,
            plate_type=row.plate_type,
            make=row.texts["make"],
            colour=row.texts["colour"],
            notes=row.texts["notes"],
            source=self.sheet.mapping.source,
            entered_at=self.now,
        )

    def _amount_and_state(self, row: Row, offence: Offence) -> tuple[Decimal, str]:
        amount = offence.amount if row.amount is None else row.amount
        state = STATES.get(row.state, Violation.State.OPEN)
        if state == Violation.State.OPEN and amount == ZERO:
            row.findings.append(finding(Problem.AMOUNT_MISSING, refuses=self.sheet.mapping.missing_amount == "refuse"))
            state = Violation.State.WARNING
        return amount, state


def _there_already(numbers: list[str]) -> dict[str, dict[str, Any]]:
    names = ("number", "issued_at", "plate", "offence_id", "amount", "state", "source")
    return {found["number"]: found for found in Violation.objects.filter(number__in=numbers).values(*names)}


def _compare(row: Row, violation: Violation, found: dict[str, Any]) -> None:
    """Name a ticket that came from elsewhere, or that says something else than the one that is there."""
    differing = [
        name for name in ("issued_at", "plate", "offence_id", "amount") if getattr(violation, name) != found[name]
    ]
    if found["state"] == Violation.State.OPEN and violation.state != found["state"]:
        differing.append("state")
    if found["source"] != violation.source:
        row.find(Problem.DUPLICATE_NUMBER, ", ".join([found["source"] or _("this office"), *differing]))
    elif differing:
        row.find(Problem.DIFFERS, ", ".join(differing))
