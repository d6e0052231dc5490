"""What the operator is told: counts, and a line for each problem of each row."""

import csv
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from typing import TextIO

from opscom.lib.spreadsheets import harmless
from violations.importing.problems import Problem
from violations.importing.rows import Row

HEADING = ["line", "ticket_number", "severity", "problem", "detail", "explanation"]


@dataclass
class Report:
    """Counts of rows, and of problems. Every row read is imported, there already, or refused."""

    stream: TextIO | None = None
    read: int = 0
    imported: int = 0
    unchanged: int = 0
    refused: int = 0
    problems: Counter[Problem] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.writer = csv.writer(self.stream, lineterminator="\n") if self.stream else None
        if self.writer:
            self.writer.writerow(HEADING)

    def add_problems(self, row: Row) -> None:
        """Name what is wrong with a row."""
        for found in row.findings:
            self.problems[found.problem] += 1
            if self.writer:
                severity = "error" if found.refuses else "warning"
                cells = [
                    str(row.line),
                    row.number,
                    severity,
                    found.problem.value,
                    found.detail,
                    str(found.problem.label),
                ]
                self.writer.writerow([harmless(cell) for cell in cells])


class SeenNumbers:
    """The ticket numbers of one file and their first lines, on disk, so that memory does not grow with the file."""

    def __init__(self) -> None:
        self.database = sqlite3.connect("", isolation_level=None)
        self.database.execute("PRAGMA journal_mode=OFF")
        self.database.execute("CREATE TABLE seen (number TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")

    def first_line(self, number: str) -> int | None:
        """The line that had this number before, None for a new one."""
        found = self.database.execute("SELECT line FROM seen WHERE number = ?", [number]).fetchone()
        return found[0] if found else None

    def add(self, number: str, line: int) -> None:
        """Remember a number that goes in."""
        self.database.execute("INSERT INTO seen VALUES (?, ?)", [number, line])

    def close(self) -> None:
        """Give the disk space back."""
        self.database.close()
