"""Lockers as a spreadsheet: written out, and read in from another system. What is there already is changed, nothing is deleted."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from django.db import DatabaseError, IntegrityError, transaction
from django.utils.translation import gettext as _

from lockers.errors import LockerRefused
from lockers.models import Locker, LockerSite
from lockers.tree import SEPARATOR, read_tree
from opscom.lib.spreadsheets import harmless
from opscom.lib.tables import table_lines

AT_ONCE = 100
REQUIRED = ("site", "number")
COLUMNS = (*REQUIRED, "size", "condition", "note")
SAID = ("size", "condition", "note")
LENGTHS = {"number": 20, "size": 60, "note": 200}


@dataclass
class Row:
    """One line of the file: the locker as it is to be, whether that differs from what is there, and why it is left out."""

    number: int
    cells: dict[str, str]
    locker: Locker | None = None
    differs: bool = False
    problem: str = ""

    @property
    def is_new(self) -> bool:
        """It adds or changes a locker."""
        return self.differs and not self.problem


def write_sheet() -> Iterator[list[str]]:
    """Every locker, as `read_rows` takes it. Three queries."""
    tree = read_tree()
    yield list(COLUMNS)
    for locker in Locker.objects.order_by("site", "number").iterator():
        cells = (tree.label(tree.sites[locker.site_id]), locker.number, locker.size, locker.condition, locker.note)
        yield [harmless(cell) for cell in cells]


def read_rows(text: str) -> Iterator[list[Row]]:
    """Look at every line, so many at a time; nothing is written. TableRefused where it is no such file."""
    lines, seen = _lines(text), set[tuple[int, str]]()
    tree = read_tree()
    sites = {tree.label(site).lower(): site for site in tree.sites.values()}
    while rows := list(islice(lines, AT_ONCE)):
        numbers = Locker.objects.filter(number__in={row.cells["number"] for row in rows})
        known = {(locker.site_id, locker.number): locker for locker in numbers}
        for row in rows:
            try:
                _judge(row, sites, known, seen)
            except LockerRefused as refusal:
                row.problem = str(refusal)
        yield rows


def import_rows(rows: Iterable[Row]) -> None:
    """Add what is new and change what differs, one by one for the audit trail; a line that is refused says why."""
    for row in rows:
        if row.is_new and row.locker:
            there = row.locker.pk is not None
            try:
                with transaction.atomic():
                    row.locker.save(update_fields=[name for name in SAID if name in row.cells] if there else None)
            except IntegrityError:
                row.problem = _("Somebody else entered this locker meanwhile. The same file again shows what is there.")
            except DatabaseError as error:
                if type(error) is not DatabaseError:  # the database is away, or worse: no line is to blame
                    raise
                row.problem = _("Somebody else deleted this locker meanwhile. The same file again adds it.")


def _judge(
    row: Row, sites: dict[str, LockerSite], known: dict[tuple[int, str], Locker], seen: set[tuple[int, str]]
) -> None:
    """What a line means. LockerRefused says what is wrong with it."""
    cells = row.cells
    site = sites.get(SEPARATOR.join(part.strip() for part in cells["site"].split(SEPARATOR.strip())).lower())
    if site is None:
        raise LockerRefused(
            _("There is no site “%(text)s”. Add it first, or write it as Building › Area.")
            % {"text": cells["site"][:60]},
            code="site",
        )
    for name, most in LENGTHS.items():
        if len(cells.get(name, "")) > most or not cells.get(name, "").isprintable():
            raise LockerRefused(
                _("%(column)s has %(most)s characters at most.") % {"column": name, "most": most}, code=name
            )
    if not cells["number"]:
        raise LockerRefused(_("Nothing is written under %(column)s.") % {"column": "number"}, code="missing")
    condition = cells.get("condition", "").lower() or Locker.Condition.GOOD
    if condition not in Locker.Condition.values:
        raise LockerRefused(
            _("A condition is one of: %(words)s.") % {"words": ", ".join(Locker.Condition.values)}, code="condition"
        )
    key = (site.pk, cells["number"])
    if key in seen:
        raise LockerRefused(_("This locker is in the file twice."), code="twice")
    seen.add(key)
    told = cells | {"condition": condition}
    wanted = {name: told[name] for name in SAID if name in cells}  # other columns say nothing
    row.locker = known.get(key) or Locker(site=site, number=cells["number"])
    row.differs = row.locker.pk is None or any(getattr(row.locker, name) != value for name, value in wanted.items())
    for name, value in wanted.items():
        setattr(row.locker, name, value)


def _lines(text: str) -> Iterator[Row]:
    for number, cells in table_lines(text, COLUMNS, required=REQUIRED):
        yield Row(number, cells)
