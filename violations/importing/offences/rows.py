"""From a line of a catalogue to an offence: what it says, what is wrong with it, and whether that differs from what is there.

An offence that is there already, by its code, takes over what the file says and keeps everything else. The same file again
changes nothing, and nothing is deleted.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from opscom.lib.errors import PortalError
from opscom.lib.money import ZERO
from opscom.lib.tables import Cells, table_lines
from violations.amounts import Act
from violations.importing.catalogue import imported_from, offence_code
from violations.importing.offences.mapping import AMOUNTS, DAYS, YES, OffenceMapping
from violations.importing.rows import offence_key, parse_amount
from violations.models import EscalationStep, Offence, OffenceCategory

AT_ONCE = 200
ANSWERS = {"": False, "no": False, "0": False, "false": False, "yes": True, "1": True, "true": True, "x": True}
MOST_DAYS = 3650
REWRITTEN = re.compile(r"[0-9.]+E[+-][0-9]+")
LATE = ("late_amount", "late_days")
Said = dict[str, Any]


class OffenceRefused(PortalError):
    """The line makes no offence; the message says why."""


@dataclass
class Row:
    """One line: the offence as it is to be, `said` what of it comes from the file, the step of paying late if it names one,
    and why it is left out."""

    number: int
    cells: Cells
    offence: Offence | None = None
    said: Said = field(default_factory=dict)
    category: str = ""
    late: EscalationStep | None = None
    differs: bool = False
    problem: str = ""

    @property
    def is_new(self) -> bool:
        """It adds or changes an offence."""
        return self.differs and not self.problem


def read_rows(text: str, mapping: OffenceMapping, *, fine: Decimal | None = None) -> Iterator[list[Row]]:
    """Look at every line, so many at a time; nothing is written. `fine` is that of lines that name none. TableRefused where
    the file has not the columns of the mapping."""
    lines, seen = _lines(text, mapping), dict[str, int]()
    offences = Offence.objects.select_related("category").prefetch_related("steps")
    known = {offence.code.upper(): offence for offence in offences}
    while rows := list(islice(lines, AT_ONCE)):
        for row in rows:
            try:
                _judge(row, mapping, known, seen, fine)
            except OffenceRefused as refusal:
                row.problem = str(refusal)
        yield rows


def import_rows(rows: Iterable[Row]) -> None:
    """Add what is new and change what differs, one by one for the audit trail; a line that is refused says why."""
    for row in rows:
        if row.is_new and row.offence:
            try:
                _write(row, row.offence)
            except IntegrityError:
                row.problem = _(
                    "Somebody else entered this offence meanwhile. The same file again shows what is there."
                )


@transaction.atomic
def _write(row: Row, offence: Offence) -> None:
    if row.category:
        offence.category, _new = OffenceCategory.objects.get_or_create(name=row.category)
    if offence.pk is None:
        offence.save()
    else:
        offence.save(update_fields=[*row.said, "category"])
    if row.late:
        row.late.offence = offence
        row.late.save()


def _judge(
    row: Row, mapping: OffenceMapping, known: dict[str, Offence], seen: dict[str, int], fine: Decimal | None
) -> None:
    """What a line means. OffenceRefused says what is wrong with it."""
    code = row.cells["code"]
    if REWRITTEN.fullmatch(code.removeprefix(mapping.prefix)):
        raise OffenceRefused(
            _("A spreadsheet has turned this code into a number: %(code)s. Write it as it was.") % {"code": code}
        )
    if (first := seen.setdefault(code.upper(), row.number)) != row.number:
        raise OffenceRefused(_("This offence is in line %(line)s already.") % {"line": first})
    offence = known.get(code.upper()) or Offence(code=code)
    said, late = _said(row.cells, mapping)
    if offence.pk is None and "amount" not in said:
        said["amount"] = _default(fine)
    row.category = row.cells.get("category", "")[:80]
    if offence.pk is None:
        said = _days(mapping, said) | said
        row.category = row.category or mapping.category or imported_from(mapping.source)
    elif row.category == offence.category.name:
        row.category = ""
    row.offence, row.said = offence, said
    row.late = _late_step(offence, late)
    row.differs = bool(
        offence.pk is None
        or row.category
        or row.late
        or any(getattr(offence, name) != value for name, value in said.items())
    )
    for name, value in said.items():
        setattr(offence, name, value)
    _check(offence, said, late)


def _check(offence: Offence, said: Said, late: dict[str, Any]) -> None:
    """What is said fits its columns, the amounts fit each other and what is there."""
    try:
        offence.clean_fields(exclude=[one.name for one in offence._meta.fields if one.name not in {*said, "code"}])
    except ValidationError as error:
        name, texts = next(iter(error.message_dict.items()))
        raise OffenceRefused(f"{name}: {texts[0]}") from error
    if offence.amount == ZERO:
        raise OffenceRefused(
            _("The fine is 0, so nobody could owe it. A warning is written for the offence itself, which has a fine.")
        )
    if offence.reduced_amount is not None and not ZERO < offence.reduced_amount < offence.amount:
        raise OffenceRefused(_("The reduced fine must be less than the fine."))
    if offence.safety and offence.forgive_first:
        raise OffenceRefused(_("What concerns safety is never forgiven. Untick one of the two."))
    if late and not (late.get("late_amount") and late.get("late_days")):
        raise OffenceRefused(_("What paying late costs needs both: late_amount, and late_days after which it is owed."))
    if late and late["late_amount"] <= offence.amount:
        raise OffenceRefused(_("What is owed when paid late must be more than the fine."))


def _default(fine: Decimal | None) -> Decimal:
    """The fine of a new offence whose line names none."""
    if fine is None:
        raise OffenceRefused(_("No fine is written here. Write one into the file, or name one for all such lines."))
    return fine


def _said(cells: Cells, mapping: OffenceMapping) -> tuple[Said, dict[str, Any]]:
    """What the line says of the offence, and of paying late. An empty cell says nothing."""
    currency = cells.get("currency", "").upper()
    if currency and currency != settings.CURRENCY:
        raise OffenceRefused(
            _("This amount is in %(theirs)s; the office's money is %(ours)s.")
            % {"theirs": currency, "ours": settings.CURRENCY}
        )
    language = settings.LANGUAGE_CODE
    said: Said = {f"{name}_{language}": cells[name] for name in ("description", "rule") if cells.get(name)}
    said |= {name: _amount(name, cells[name]) for name in AMOUNTS if cells.get(name)}
    said |= {name: _day_count(name, cells[name]) for name in DAYS if cells.get(name)}
    said |= {name: _answer(name, cells[name]) for name in YES if cells.get(name)}
    late = {name: said.pop(name) for name in LATE if name in said}
    if "late_amount" in late:
        late.setdefault("late_days", mapping.days.get("late"))
    return said, late


def _days(mapping: OffenceMapping, said: Said) -> Said:
    """The mapping's own days, for a new offence."""
    days = {f"{name}_days": count for name, count in mapping.days.items() if name != "late"}
    return days if "reduced_amount" in said else {name: n for name, n in days.items() if name != "reduced_days"}


def _late_step(offence: Offence, late: dict[str, Any]) -> EscalationStep | None:
    """The step to add, or the only one of its kind to change; None where it is there as the file says."""
    if not (late.get("late_amount") and late.get("late_days")):
        return None
    steps = list(offence.steps.all()) if offence.pk else []
    same = [step for step in steps if step.after_days == late["late_days"]]
    same = same or [step for step in steps if step.act == Act.SET]
    if len(same) > 1:
        raise OffenceRefused(_("This offence rises in several steps here. Change them on its page."))
    step = same[0] if same else EscalationStep()
    if (step.act, step.after_days, step.amount) == (Act.SET, late["late_days"], late["late_amount"]):
        return None
    step.act, step.after_days, step.amount = Act.SET, late["late_days"], late["late_amount"]
    return step


def _amount(name: str, text: str) -> Decimal:
    amount = parse_amount(text)
    if amount is None:
        raise OffenceRefused(
            _("%(column)s: “%(text)s” is no amount; write 65.00.") % {"column": name, "text": text[:20]}
        )
    return amount


def _day_count(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:6]) <= MOST_DAYS):
        raise OffenceRefused(_("%(column)s: “%(text)s” is no number of days.") % {"column": name, "text": text[:20]})
    return int(text)


def _answer(name: str, text: str) -> bool:
    if text.lower() not in ANSWERS:
        raise OffenceRefused(_("%(column)s: write yes or no.") % {"column": name})
    return ANSWERS[text.lower()]


def _lines(text: str, mapping: OffenceMapping) -> Iterator[Row]:
    for number, cells in table_lines(text, mapping.used, required=mapping.required):
        said = {
            name: " ".join(filter(None, (cells.get(column.lower(), "") for column in columns)))
            for name, columns in mapping.columns.items()
        }
        said["description"] = said["description"] or said.get("code", "")
        said["code"] = offence_code(offence_key(said.get("code") or said["description"]), mapping.prefix)
        yield Row(number, said)
