"""What does not stay."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from opscom.lib.retention import COUNTED, apply_retention, schedule


class Command(BaseCommand):
    """`manage.py retention` is a dry run; with `--apply` it does what happens every night anyway."""

    help = "Shows which records are due to be deleted or stripped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--apply", action="store_true", help="delete and strip them now")

    def handle(self, *_arguments: Any, apply: bool, **_options: Any) -> None:
        at = timezone.now()
        for row in schedule(at):
            due = f"more than {COUNTED}" if row["due"] > COUNTED else row["due"]
            self.stdout.write(f"{row['key']:16} {row['days']:5} days  {due} due")
        if apply:
            apply_retention(at)
