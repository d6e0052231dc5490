"""The file of permits that an earlier system wrote: what each line means, and what is wrong with it. Nothing is written here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import Period, is_skipped, moment_of
from opscom.lib.places import REGIONS
from opscom.lib.tables import table_lines
from permits.errors import PermitRefused
from permits.models import Permit, PermitType, SalesWindow
from permits.services.moments import check_length
from vehicles.models import plate_shape
from vehicles.plates import normalise_plate

AT_ONCE = 100
REQUIRED = ("id", "email", "lot", "plates", "from", "through", "paid")
COLUMNS = (*REQUIRED, "type", "window", "number", "region")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{1,2}:\d{2}")
AMOUNT = re.compile(r"[0-9]{1,6}(\.[0-9]{1,2})?")
LENGTHS = {"id": 50, "number": 20}
HOME = "CA-ON"


@dataclass
class Row:
    """One line of the file: what it says, and why it is left out; `known` that it was imported before."""

    number: int
    cells: dict[str, str]
    user: User | None = None
    permit_type: PermitType | None = None
    window: SalesWindow | None = None
    period: Period | None = None
    paid: Decimal = Decimal(0)
    plates: list[str] = field(default_factory=list)
    problem: str = ""
    known: bool = False

    @property
    def is_new(self) -> bool:
        """It adds a permit."""
        return not self.problem and not self.known


@dataclass
class _Known:
    """What the office has already, by the words of the file."""

    people: dict[str, User]
    types: dict[str, list[PermitType]]
    windows: dict[int, list[SalesWindow]]
    ids: set[str | None]
    numbers: set[str]


def read_rows(text: str) -> Iterator[list[Row]]:
    """Look at every line, so many at a time; nothing is written. TableRefused where it is no such file."""
    lines, ids, numbers = _lines(text), set[str](), set[str]()
    while rows := list(islice(lines, AT_ONCE)):
        known = _look_up(rows)
        for row in rows:
            _judge(row, known, ids, numbers)
        yield rows


def _judge(row: Row, known: _Known, ids: set[str], numbers: set[str]) -> None:
    """What a line means, and what is wrong with it; `ids` and `numbers` are those of the lines before."""
    key, number = row.cells["id"], row.cells["number"]
    row.known = key in known.ids
    try:
        _read(row, known)
        if key in ids:
            raise PermitRefused(_("This id is in the file twice."), code="twice")
        if not row.known and (number in numbers or number in known.numbers):
            raise PermitRefused(_("Another permit has this number."), code="number")
    except PermitRefused as refusal:
        row.problem = str(refusal)
    ids.add(key)
    if number:
        numbers.add(number)


def _look_up(rows: list[Row]) -> _Known:
    """Five questions, however many lines there are."""
    emails, ids, numbers = ({row.cells[name] for row in rows} for name in ("email", "id", "number"))
    permits = Permit.objects.order_by()
    known = _Known(
        people={user.email: user for user in User.objects.filter(email__in=emails)},
        types={},
        windows={},
        ids=set(permits.filter(earlier_id__in=ids).values_list("earlier_id", flat=True)),
        numbers=set(permits.filter(number__in=numbers - {""}, stock=None).values_list("number", flat=True)),
    )
    for permit_type in PermitType.objects.select_related("lot"):
        known.types.setdefault(permit_type.lot.code, []).append(permit_type)
    for window in SalesWindow.objects.order_by("pk"):
        known.windows.setdefault(window.permit_type_id, []).append(window)
    return known


def _read(row: Row, known: _Known) -> None:
    """What the texts of a line mean. PermitRefused says what is wrong with it."""
    cells = row.cells
    if missing := [name for name in REQUIRED if not cells[name]]:
        raise PermitRefused(_("Nothing is written under %(column)s.") % {"column": missing[0]}, code="missing")
    for name, most in LENGTHS.items():
        if len(cells[name]) > most or not cells[name].isprintable():
            raise PermitRefused(
                _("%(column)s has %(most)s characters at most.") % {"column": name, "most": most}, code=name
            )
    row.user = known.people.get(cells["email"])
    if row.user is None or not row.user.is_active:
        raise PermitRefused(_("Nobody with this address has an account."), code="email")
    if not AMOUNT.fullmatch(cells["paid"]) or not Decimal(cells["paid"]):
        raise PermitRefused(
            _("“%(text)s” is no amount above zero; write it as 77.00.") % {"text": cells["paid"][:40]}, code="paid"
        )
    row.paid, row.period = Decimal(cells["paid"]), _period(cells)
    if row.period.end <= row.period.start:
        raise PermitRefused(_("The end comes before the start. Choose a later end."), code="backwards")
    row.permit_type = _type_of(cells, known, row.period)
    if isinstance(row.period.start, datetime):
        check_length(row.permit_type, row.period)
    if cells["window"]:
        row.window = _window_of(row.permit_type, cells["window"], known)
    row.plates = [_plate(text) for text in cells["plates"].split("|")]
    if (cells["region"] or HOME) not in dict(REGIONS):
        raise PermitRefused(
            _("“%(text)s” is no region; write it as CA-ON.") % {"text": cells["region"][:20]}, code="region"
        )


def _type_of(cells: dict[str, str], known: _Known, period: Period) -> PermitType:
    """The standard permit of that lot, or for moments the temporary one; where it has several, by its name or prefix."""
    kind = PermitType.Kind.TEMPORARY if isinstance(period.start, datetime) else PermitType.Kind.STANDARD
    types = [one for one in known.types.get(cells["lot"].lower(), []) if one.kind == kind]
    wanted = cells["type"]
    fitting = [one for one in types if not wanted or wanted.lower() in (one.name.lower(), one.prefix.lower())]
    if len(fitting) != 1:
        raise PermitRefused(
            _("Lot %(lot)s has no such permit type, or several. Write the lot's code, and the type's name or prefix.")
            % {"lot": cells["lot"][:40]},
            code="lot",
        )
    return fitting[0]


def _window_of(permit_type: PermitType, wanted: str, known: _Known) -> SalesWindow:
    windows = known.windows.get(permit_type.pk, [])
    found = next((one for one in windows if wanted.lower() in (one.name.lower(), one.code.lower())), None)
    if found is None:
        raise PermitRefused(_("No sales window of this permit type has that name or code."), code="window")
    return found


def _plate(text: str) -> str:
    plate = normalise_plate(text)
    try:
        plate_shape(plate)
    except ValidationError as error:
        raise PermitRefused(error.messages[0], code="plates") from error
    return plate


def _period(cells: dict[str, str]) -> Period:
    """Days, of which the last one counts, or moments where both have a time."""
    first, last = (MOMENT.fullmatch(cells[name]) for name in ("from", "through"))
    if first and last:
        return Period(_moment(cells["from"]), _moment(cells["through"]))
    return Period(_day(cells["from"]), _day(cells["through"]) + timedelta(days=1))


def _moment(text: str) -> datetime:
    """What the office's clocks showed; the first of two equal times."""
    try:
        wall = datetime.strptime(text.replace("T", " "), "%Y-%m-%d %H:%M")  # noqa: DTZ007 (the clock's own, on purpose)
    except ValueError:
        wall = None
    if wall is None or is_skipped(wall):
        raise PermitRefused(
            _("“%(text)s” is no moment of the office's clock; write it as 2024-09-30 14:00.") % {"text": text[:40]},
            code="moment",
        )
    return moment_of(wall)


def _day(text: str) -> date:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise PermitRefused(_("“%(text)s” is no day; write it as 2024-09-30.") % {"text": text[:40]}, code="day")
    return day


def _lines(text: str) -> Iterator[Row]:
    for number, cells in table_lines(text, COLUMNS, required=REQUIRED):
        yield Row(number, dict.fromkeys(COLUMNS, "") | cells | {"email": cells["email"].lower()})
