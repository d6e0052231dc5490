"""What payments may ask of a ticket."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from opscom.lib.states import change_state
from payments.models import Charge
from payments.payables import Payable
from violations.models import Violation


class ViolationPayable(Payable):
    """A ticket's charge. Money for a ticket that is void or paid already is the payer's surplus (RULES 26)."""

    label = _("Violations")

    def on_settled(self, charge: Charge, at: datetime) -> None:
        violation = Violation.objects.select_for_update().get(charge=charge)
        if violation.state == Violation.State.OPEN:
            change_state(violation, "pay", at=at)

    def on_reversed(self, charge: Charge, at: datetime) -> None:
        violation = Violation.objects.select_for_update().get(charge=charge)
        if violation.state == Violation.State.PAID:
            change_state(violation, "owe_again", at=at, reason="its payment was undone")
