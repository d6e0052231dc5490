"""Lockers as a spreadsheet: written out, and read in from another system. What is there already is changed, nothing is deleted."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from lockers.errors import LockerRefused
from lockers.models import Locker, LockerSite
from lockers.tree import SEPARATOR, read_tree
from opscom.lib.spreadsheets import harmless
from opscom.lib.tables import table_lines

MOST_ROWS = 20_000
COLUMNS = ("site", "number", "size", "condition", "note")
LENGTHS = {"number": 20, "size": 60, "note": 200}
NEW, CHANGED, SAME = "new", "changed", "same"


@dataclass
class Row:
    """One line of the file: the locker as it is to be, and why it is left out, or what happens to it."""

    line: int
    cells: dict[str, str]
    locker: Locker | None = None
    change: str = ""
    problem: str = ""


def write_sheet() -> Iterator[list[str]]:
    """Every locker, as `read_sheet` takes it. Three queries."""
    tree = read_tree()
    yield list(COLUMNS)
    for locker in Locker.objects.order_by("site", "number").iterator():
        cells = (tree.label(tree.sites[locker.site_id]), locker.number, locker.size, locker.condition, locker.note)
        yield [harmless(cell) for cell in cells]


def read_sheet(text: str) -> list[Row]:
    """Look at every line; nothing is written. TableRefused where it is no such file."""
    rows = list(_lines(text))
    tree = read_tree()
    sites = {tree.label(site).lower(): site for site in tree.sites.values()}
    known = {(locker.site_id, locker.number): locker for locker in Locker.objects.all()}
    seen: set[tuple[int, str]] = set()
    for row in rows:
        try:
            _read(row, sites, known, seen)
        except LockerRefused as refusal:
            row.problem = str(refusal)
    return rows


@transaction.atomic
def import_sheet(text: str) -> list[Row]:
    """Add what is new and change what differs; lines with a problem are left out."""
    rows = read_sheet(text)
    lockers = {change: [row.locker for row in rows if row.change == change and row.locker] for change in (NEW, CHANGED)}
    Locker.objects.bulk_create(lockers[NEW], batch_size=500)
    for locker in lockers[CHANGED]:  # one by one, for the audit trail
        locker.save(update_fields=["size", "condition", "note"])
    return rows


def _read(
    row: Row, sites: dict[str, LockerSite], known: dict[tuple[int, str], Locker], seen: set[tuple[int, str]]
) -> None:
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
    wanted = {name: told[name] for name in ("size", "condition", "note") if name in cells}  # other columns say nothing
    row.locker = known.get(key)
    if row.locker is None:
        row.locker, row.change = Locker(site=site, number=cells["number"], **wanted), NEW
        return
    row.change = SAME if all(getattr(row.locker, name) == value for name, value in wanted.items()) else CHANGED
    for name, value in wanted.items():
        setattr(row.locker, name, value)


def _lines(text: str) -> Iterator[Row]:
    for number, cells in table_lines(text, COLUMNS, required=["site", "number"], most=MOST_ROWS):
        yield Row(number, cells)
