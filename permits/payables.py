"""What payments may ask of a permit."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opscom.lib.states import change_state
from opscom.lib.work import hint
from payments.errors import PaymentRefused
from payments.models import Charge
from payments.payables import Payable
from permits.capacity import Period, occupancy
from permits.models import Lot, Permit
from permits.services.reserve import extend_hold

RECOVERED_HOLD = timedelta(minutes=10)


class PermitPayable(Payable):
    """A permit's charge: the place is held while it is unpaid."""

    label = gettext_lazy("Permits")

    def check(self, charge: Charge, at: datetime) -> None:
        permit = _locked(charge)
        if permit.state == Permit.State.SUSPENDED:
            return
        if permit.state != Permit.State.HELD or permit.held_until is None or permit.held_until <= at:
            raise PaymentRefused(
                _("The time to pay for permit %(number)s is over and its place is free again. Reserve it anew.")
                % {"number": permit.number},
                code="lapsed",
            )

    def keep_until(self, charge: Charge, until: datetime) -> None:
        extend_hold(charge, until=until)

    def on_settled(self, charge: Charge, at: datetime) -> None:
        from permits.tasks import prepare_permit_pdf

        permit = _locked(charge)
        if permit.state == Permit.State.HELD:
            change_state(permit, "activate", at=at, held_until=None)
            hint(prepare_permit_pdf, permit_id=permit.pk)
        elif permit.state == Permit.State.SUSPENDED:
            change_state(permit, "resume", at=at, reason="paid again")

    def on_reversed(self, charge: Charge, at: datetime) -> None:
        permit = _locked(charge)
        if permit.state == Permit.State.ACTIVE:
            change_state(permit, "suspend", at=at, reason="its payment was undone")

    def recover(self, charge: Charge, at: datetime) -> bool:
        """Paid after the hold lapsed: take the place again if one is left and the person has no other (RULES 6)."""
        lot = Lot.objects.select_for_update(of=("self",)).get(permits__charge=charge)
        permit = _locked(charge)
        other = Permit.objects.filter(
            holder=permit.holder_id, window=permit.window_id, state__in=Permit.UNRELEASED
        ).exclude(pk=permit.pk)
        if permit.state != Permit.State.RELEASED or other.exists():
            return False
        if not occupancy(lot, Period(permit.valid_from, permit.valid_before)).free:
            return False
        change_state(permit, "hold_again", at=at, reason="paid late", held_until=at + RECOVERED_HOLD)
        return True


def _locked(charge: Charge) -> Permit:
    return Permit.objects.select_for_update().get(charge=charge)
