"""Fill an empty database with a living demo office."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import User
from opscom.management.demo.build import build_demo
from opscom.management.demo.logins import describe_logins, is_seeded
from permits.models import Lot


class Command(BaseCommand):
    """`manage.py seed_demo`: the same office every time, apart from its dates, which follow the day on which it is made."""

    help = (
        "Writes a demo office (lots, people, permits, tickets, payments) into an empty database and prints its logins."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing where there is any user already")
        parser.add_argument("--print-logins", action="store_true", help="only print the demo's logins")
        parser.add_argument("--scale", type=float, default=1.0, help="size, 1 for 300 people and 2,000 tickets")
        parser.add_argument("--seed", type=int, default=2026, help="another number gives another office")

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEBUG or settings.DEMO):
            raise CommandError(
                "The demo office has logins that everybody knows. Set DEBUG=1 or DEMO=1 where that is meant."
            )
        if options["if_empty"] and User.objects.exists():
            return
        if not (0.01 <= options["scale"] <= 10):
            raise CommandError("Choose a --scale between 0.01 and 10.")
        if not is_seeded():
            if options["print_logins"]:
                self.stdout.write("There is no demo office in this database.")
                return
            if User.objects.exists() or Lot.objects.exists():
                raise CommandError(
                    "This database has an office of its own. The demo office needs an empty one: run manage.py flush, or use another DATABASE_URL."
                )
            build_demo(seed=options["seed"], scale=options["scale"], at=timezone.now())
        self.stdout.write(describe_logins(timezone.now()))
