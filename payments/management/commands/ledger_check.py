"""Prove that the books are whole."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from payments.services.ledger_check import INVARIANTS, check_ledger


class Command(BaseCommand):
    """Exit code 1 where something is wrong; each broken rule is named with its rows, amounts in cents."""

    help = (
        "Check what must always be true of the ledger; names every row that breaks it and then ends with exit code 1."
    )

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        run = check_ledger()
        broken = {name: (count, rows) for name, count, rows in run.problems}
        for invariant in INVARIANTS:
            count, rows = broken.get(invariant.name, (0, []))
            self.stdout.write(f"{'BROKEN' if count else 'ok':6}  {invariant.title}{f': {count}' if count else ''}")
            for row in rows:
                self.stdout.write(f"        {row}")
        self.stdout.write(f"{run.found} wrong, {run.seconds} s")
        if run.found:
            sys.exit(1)
