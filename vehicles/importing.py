"""People of an earlier system with their vehicles: what each line of the file means, what is wrong with it, and what it adds.

An address that has an account keeps its details; plates that the person lacks are added. The same file again adds nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from phonenumber_field.phonenumber import to_python

from accounts.forms import AddressField
from accounts.models import User, UserType
from accounts.services.registration import create_account
from opscom.lib.errors import PortalError
from opscom.lib.import_runs import hand_in, read_file, read_table
from opscom.lib.places import REGIONS
from opscom.lib.tables import table_lines
from vehicles.errors import VehicleRefused
from vehicles.models import PeopleImport, Vehicle, VehicleOwner, plate_shape
from vehicles.plates import normalise_plate
from vehicles.services import add_vehicle

AT_ONCE = 100
COLUMNS = ("email", "first_name", "last_name", "phone", "number", "user_type", "language", "plates", "region")
LENGTHS = {"first_name": 60, "last_name": 60, "number": 30}
HOME = "CA-ON"


@dataclass
class Row:
    """One line: what it says, whose account it is where there is one, the plates that it adds, and why it is left out."""

    number: int
    cells: dict[str, str]
    user: User | None = None
    user_type: UserType | None = None
    plates: list[str] = field(default_factory=list)
    problem: str = ""

    @property
    def is_new(self) -> bool:
        """It adds an account or plates."""
        return not self.problem and (self.user is None or bool(self.plates))


def start_import(
    upload: UploadedFile | None, *, by: User, dry_run: bool = True, again: PeopleImport | None = None
) -> PeopleImport:
    """Keep the file, or that of an earlier run, and let a worker begin."""
    from vehicles.tasks import go_on_with_people

    run = PeopleImport(by=by, dry_run=dry_run)
    return hand_in(run, upload, again=again, stored_as="people.csv", reader=go_on_with_people)


def go_on_with(run_id: int) -> None:
    """Read the whole file, unless another worker does."""
    read_file(PeopleImport, run_id, _read_whole)


def _read_whole(run: PeopleImport, path: Path, errors: Path) -> None:
    read_table(run, path, errors, look=read_rows, write=import_rows, key="email")


def read_rows(text: str) -> Iterator[list[Row]]:
    """Look at every line, so many at a time; nothing is written. TableRefused where it is no such file."""
    lines, seen = _lines(text), set[str]()
    types = {word.lower(): one for one in UserType.objects.all() for word in (one.code, one.name)}
    while rows := list(islice(lines, AT_ONCE)):
        emails = {row.cells["email"] for row in rows}
        people = {user.email: user for user in User.objects.filter(email__in=emails)}
        links = VehicleOwner.objects.filter(user__in=people.values())
        owned = set(links.values_list("user", "vehicle__plate", "vehicle__region"))
        for row in rows:
            try:
                _judge(row, people, types, owned, seen)
            except (VehicleRefused, ValidationError) as error:
                row.problem = error.messages[0] if isinstance(error, ValidationError) else str(error)
        yield rows


def _judge(
    row: Row, people: dict[str, User], types: dict[str, UserType], owned: set[tuple[int, str, str]], seen: set[str]
) -> None:
    """What a line means. VehicleRefused or ValidationError say what is wrong with it."""
    cells = row.cells
    cells["email"] = AddressField().clean(cells["email"])
    if cells["email"] in seen:
        raise VehicleRefused(
            _("This address is in the file twice. Write all plates of a person in one line, with | between.")
        )
    seen.add(cells["email"])
    row.user = people.get(cells["email"])
    if row.user and (row.user.is_staff or not row.user.is_active):
        raise VehicleRefused(_("This account is closed, or of the office's staff. It is left as it is."))
    _judge_person(row, types)
    region = cells["region"] or HOME
    if region not in dict(REGIONS):
        raise VehicleRefused(_("“%(text)s” is no region; write it as CA-ON.") % {"text": cells["region"][:20]})
    plates = [normalise_plate(text) for text in cells["plates"].split("|") if text.strip()]
    for plate in plates:
        plate_shape(plate)
    key = row.user.pk if row.user else 0
    row.plates = [plate for plate in dict.fromkeys(plates) if (key, plate, region) not in owned]


def _judge_person(row: Row, types: dict[str, UserType]) -> None:
    cells = row.cells
    for name, most in LENGTHS.items():
        if len(cells[name]) > most or not cells[name].isprintable():
            raise VehicleRefused(_("%(column)s has %(most)s characters at most.") % {"column": name, "most": most})
    row.user_type = types.get(cells["user_type"].lower())
    if cells["user_type"] and row.user_type is None:
        raise VehicleRefused(
            _("There is no user type “%(text)s”. Write its code or its name.") % {"text": cells["user_type"][:40]}
        )
    if (cells["language"] or "en") not in dict(settings.LANGUAGES):
        raise VehicleRefused(
            _("“%(text)s” is none of the portal's languages: %(known)s.")
            % {"text": cells["language"][:20], "known": ", ".join(dict(settings.LANGUAGES))}
        )
    phone = to_python(cells["phone"]) if cells["phone"] else None
    if phone is not None and not phone.is_valid():
        raise VehicleRefused(_("“%(text)s” is no telephone number with its area code.") % {"text": cells["phone"][:20]})


def import_rows(rows: Iterable[Row]) -> None:
    """Write each line, whole or not at all; one that is refused says why. Nobody gets an e-mail."""
    for row in rows:
        if row.is_new:
            try:
                _write(row)
            except PortalError as refusal:
                row.problem = str(refusal)
            except IntegrityError:
                row.problem = _("Somebody else entered this person meanwhile. The same file again shows what is there.")


@transaction.atomic
def _write(row: Row) -> None:
    cells = row.cells
    answers = {
        "first_name": cells["first_name"],
        "last_name": cells["last_name"],
        "phone": cells["phone"],
        "organisation_number": cells["number"],
    }
    user = row.user or create_account(
        cells["email"], answers=answers, user_type=row.user_type, language=cells["language"] or "en"
    )
    for plate in row.plates:
        add_vehicle(user, vehicle=Vehicle(plate=plate, region=cells["region"] or HOME))


def _lines(text: str) -> Iterator[Row]:
    for number, cells in table_lines(text, COLUMNS, required=["email"]):
        yield Row(number, dict.fromkeys(COLUMNS, "") | cells | {"email": cells["email"].lower()})
