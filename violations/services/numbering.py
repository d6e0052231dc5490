"""Number and PIN of a ticket."""

from collections.abc import Iterable

from django.db.models import BigIntegerField, Max
from django.db.models.functions import Cast, Substr
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
    locked = TicketSeries.objects.select_for_update(no_key=True).filter(prefix=prefix)
    series = locked.first()
    if series is None:
        TicketSeries.objects.get_or_create(prefix=prefix, defaults={"last": _highest(prefix)})
        series = locked.get()
    series.last += 1
    if Violation.objects.filter(number=f"{prefix}{series.last}").exists():
        series.last = _highest(prefix) + 1
    series.save(update_fields=["last"])
    return f"{prefix}{series.last}"


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
