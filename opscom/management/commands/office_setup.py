"""Set the office up from a file, compare the two, or write the office into a file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from opscom.office.setup.errors import SetupRefused
from opscom.office.setup.taking import compare_office, set_up_office
from opscom.office.setup.words import Outcome
from opscom.office.setup.writing import write_office


class Command(BaseCommand):
    """`manage.py office_setup FILE`: what the file would change; with --apply it does. --export writes the running office."""

    help = "Compares a set-up file with the running office, in words. Nothing is changed without --apply."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the set-up file, in TOML")
        parser.add_argument(
            "--apply", action="store_true", help="make the office as the file says, all of it or nothing"
        )
        parser.add_argument("--export", action="store_true", help="write the running office into the file instead")
        parser.add_argument("--by", help="e-mail address of the member of staff whom the audit trail names")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        try:
            if options["export"]:
                self._export(file)
            elif options["apply"]:
                self._tell(set_up_office(_read(file), by=_staff(options["by"])))
            else:
                self._tell(compare_office(_read(file)))
        except SetupRefused as refusal:
            raise CommandError("Nothing was changed.\n" + "\n".join(refusal.problems)) from refusal

    def _export(self, file: Path) -> None:
        if file.exists():
            raise CommandError(f"{file} exists already. Choose another name, or remove it.")
        file.write_text(write_office(), encoding="utf-8")
        self.stdout.write(f"The office's set-up is in {file}.")

    def _tell(self, outcome: Outcome) -> None:
        for heading, told in outcome.groups():
            self.stdout.write(heading)
            self.stdout.writelines(f"  {line}\n" for line in told)
        self.stdout.write(str(outcome))


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} cannot be read: {error}.") from error


def _staff(email: str | None) -> User:
    if not email:
        raise CommandError("Say with --by whom of the staff the audit trail is to name.")
    try:
        return User.objects.get(email=email.lower(), is_staff=True)
    except User.DoesNotExist as error:
        raise CommandError(f"Nobody of the staff has the address {email}.") from error
