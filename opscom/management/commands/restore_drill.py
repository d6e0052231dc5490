"""Prove that a back-up can be restored."""

import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from opscom.management.backups.drill import drill


class Command(BaseCommand):
    """`manage.py restore_drill BACKUP`: exit code 1 where anything is wrong. It leaves nothing behind."""

    help = (
        "Restores a folder that `manage.py backup` made into a scratch database, checks its rows, tables, books and files, "
        "and drops it again. The role of DATABASE_URL must be allowed to create databases."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("backup", type=Path)

    def handle(self, *_arguments: Any, backup: Path, **_options: Any) -> None:
        start, wrong = time.monotonic(), 0
        try:
            for finding in drill(backup):
                wrong += bool(finding.wrong)
                self.stdout.write(f"{'BROKEN' if finding.wrong else 'ok':6}  {finding.what}")
                for line in finding.wrong:
                    self.stdout.write(f"        {line}")
        except FileNotFoundError as error:
            raise CommandError(f"{backup} is no back-up: {error.filename} is missing.") from error
        self.stdout.write(f"{wrong} wrong, {time.monotonic() - start:.0f} s")
        if wrong:
            sys.exit(1)
