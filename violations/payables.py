"""What payments may ask of a ticket."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opscom.lib.dates import today
from opscom.lib.finding import found_by_any
from opscom.lib.states import change_state
from payments.models import Charge
from payments.payables import Payable
from violations.models import LateFee, Violation
from violations.services.boots.releasing import release_what_is_paid
from violations.services.boots.undone import note_undone
from violations.services.collecting.sending import close_paid
from violations.services.debts import charges_of_all, of_same_plates, open_charges, open_charges_of
from violations.services.escalate import apply_due
from violations.services.stopping import run_clock, stop_clock


class ViolationPayable(Payable):
    """A ticket's fine and its late fees: it is paid with the last of them. Money for a ticket that is void or paid already is
    the payer's surplus (RULES 26)."""

    label = _("Violations")
    plannable = True

    def bring_up_to_date(self, charges: Sequence[Charge], at: datetime) -> None:
        """Nobody pays a fine without owing what is due beside it by today, even before the nightly sweep."""
        rising = Violation.objects.filter(charge__in=charges, next_change_on__lte=today(at))
        for pk in rising.order_by("charge_id").values_list("pk", flat=True):
            apply_due(pk, at=at)

    def owed_beside(self, charges: Sequence[Charge]) -> Iterable[int]:
        """A fine and its late fees belong together."""
        fees = LateFee.objects.filter(charge__in=charges).values("violation")
        tickets = Violation.objects.filter(Q(charge__in=charges) | Q(pk__in=fees))
        return open_charges_of(tickets).values_list("pk", flat=True)

    def of_same_debtor(self, charges: Collection[int]) -> Iterable[int]:
        """Of a guest no more than the plate is known."""
        return charges_of_all(of_same_plates(charges)).values_list("pk", flat=True)

    def on_settled(self, charge: Charge, at: datetime) -> None:
        violation = _locked(charge)
        if violation.state == Violation.State.OPEN and not open_charges(violation).exists():
            change_state(violation, "pay", at=at)
            close_paid(violation, at=at)
        release_what_is_paid(charge, at=at)

    def on_planned(self, charge: Charge, at: datetime) -> None:
        stop_clock(_locked(charge), charge, at=at)

    def on_plan_ended(self, charge: Charge, at: datetime, *, catch_up: bool) -> None:
        run_clock(_locked(charge), charge, at=at, catch_up=catch_up)

    def on_reversed(self, charge: Charge, at: datetime) -> None:
        violation = _locked(charge)
        if violation.state == Violation.State.PAID:
            change_state(violation, "owe_again", at=at, reason="its payment was undone")
        note_undone(charge, at=at)


def _locked(charge: Charge) -> Violation:
    """The ticket of a fine's charge, or of a late fee's; of which it is one never changes."""
    found = found_by_any(Violation.objects.all(), [Q(charge=charge), Q(late_fees__charge=charge)])
    return Violation.objects.select_for_update().get(pk__in=found)
