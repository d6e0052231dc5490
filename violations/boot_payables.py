"""What payments may ask of a boot's charges."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from payments.models import Charge
from payments.payables import FeePayable, Payable
from violations.services.boots.releasing import release_what_is_paid
from violations.services.boots.undone import note_undone


class BootPayable(Payable):
    """The fee of a boot: its release code waits for it."""

    label = _("Boot fees")

    def on_settled(self, charge: Charge, at: datetime) -> None:
        release_what_is_paid(charge, at=at)

    def on_reversed(self, charge: Charge, at: datetime) -> None:
        note_undone(charge, at=at)


class BootDepositPayable(BootPayable):
    """The deposit of a boot: held, and given back or kept."""

    label = _("Boot deposits")
    held = True


class BootPenaltyPayable(FeePayable):
    """What is kept of a deposit, or owed beside it."""

    label = _("Boots late, damaged or not returned")
