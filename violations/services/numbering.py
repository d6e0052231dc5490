"""Number and PIN of a ticket."""

from collections.abc import Iterable

from django.db.models import BigIntegerField, CharField, Exists, F, Max, OuterRef
from django.db.models.functions import Cast, Concat, Substr
from django.utils.translation import gettext as _

from opscom.lib.codes import new_pin
from opscom.lib.office import office
from opscom.lib.sealed import can_seal
from violations.errors import ViolationRefused
from violations.models import TicketSeries, Violation

PREFIX = "TT-"  # that of every office before it chooses one
FIRST_NUMBER = 10001


def next_number(prefix: str = "") -> str:
    """The next number of that series, or of the office's own, for example TT-10133; inside a transaction, which holds the series until
    it ends. A new series goes on behind what is there, and one that meets numbers from elsewhere (an import) behind them."""
    prefix = prefix or office().ticket_prefix
    series = TicketSeries.objects.filter(prefix=prefix)
    if not series.update(last=F("last") + 1):  # where it was there, its row is ours from here on
        TicketSeries.objects.get_or_create(prefix=prefix, defaults={"last": _highest(prefix)})
        series.update(last=F("last") + 1)
    same = Violation.objects.filter(number=Concat(OuterRef("prefix"), Cast(OuterRef("last"), CharField())))
    last, taken = series.values_list("last", Exists(same)).get()
    if taken:
        last = _highest(prefix) + 1
        series.update(last=last)
    return f"{prefix}{last}"


def _highest(prefix: str) -> int:
    """The highest number of a series that a ticket has; reads the whole series."""
    own = Violation.objects.filter(number__startswith=prefix, number__regex=rf"^{prefix}[0-9]{{1,12}}$")
    digits = Cast(Substr("number", len(prefix) + 1), BigIntegerField())
    highest: int | None = own.aggregate(highest=Max(digits))["highest"]
    return FIRST_NUMBER - 1 if highest is None else highest


def give_pins(violations: Iterable[Violation]) -> None:
    """A new PIN for each ticket that has none. ViolationRefused where the operator has set no key to keep them with."""
    if not can_seal():
        raise ViolationRefused(
            _("Tickets cannot be written yet. Ask the operator of the portal to set SEALING_KEYS."), code="no-key"
        )
    for violation in violations:
        if not violation.sealed_pin:
            violation.pin = new_pin()
