"""Save the running portal."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from opscom.management.backups.copying import forget_older, write_backup


class Command(BaseCommand):
    """`manage.py backup FOLDER --keep 14`: database and files into a new folder named after the moment, in UTC."""

    help = "Saves the database and the files into a new folder within FOLDER while the portal works on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--keep", type=int, help="delete all but so many of the newest back-ups in FOLDER")

    def handle(self, *_arguments: Any, folder: Path, keep: int | None, **_options: Any) -> None:
        if keep is not None and keep < 1:
            raise CommandError("--keep needs 1 or more: the new back-up is one of them.")
        self.stdout.write(f"saved  {write_backup(folder, at=datetime.now(UTC))}")
        for gone in forget_older(folder, keep=keep) if keep else ():
            self.stdout.write(f"gone   {gone}")
