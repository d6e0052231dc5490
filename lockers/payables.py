"""What payments may ask of a locker."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lockers.errors import LockerRefused
from lockers.models import Locker, LockerTerm
from lockers.services.creation import check_free, check_number, lock_locker
from lockers.services.reserve import extend_hold
from lockers.services.switching import end_replaced
from opscom.lib.dates import today
from opscom.lib.states import change_state
from payments.errors import PaymentRefused
from payments.models import Charge
from payments.payables import Payable

RECOVERED_HOLD = timedelta(minutes=10)


class LockerPayable(Payable):
    """A locker's charge: the locker is held while it is unpaid."""

    label = gettext_lazy("Lockers")

    def check(self, charge: Charge, at: datetime) -> None:
        term = _locked(charge)
        if _current(term).state == LockerTerm.State.SUSPENDED:
            return
        lapsed = term.held_until is None or term.held_until <= at
        if term.state != LockerTerm.State.HELD or lapsed or not _may_replace(term):
            raise PaymentRefused(
                _("The time to pay for locker %(name)s is over and it is free again. Reserve it anew.")
                % {"name": term.locker},
                code="lapsed",
            )

    def keep_until(self, charge: Charge, until: datetime) -> None:
        extend_hold(charge, until=until)

    def on_settled(self, charge: Charge, at: datetime) -> None:
        term = _locked(charge)
        if term.state == LockerTerm.State.HELD:
            change_state(term, "activate", at=at, held_until=None)
            end_replaced(term, at=at)
            return
        term = _current(term)
        if term.state == LockerTerm.State.SUSPENDED:
            change_state(term, "resume", at=at, reason="paid again")

    def on_reversed(self, charge: Charge, at: datetime) -> None:
        term = _current(_locked(charge))
        if term.state == LockerTerm.State.ACTIVE:
            change_state(term, "suspend", at=at, reason="its payment was undone")
            charge.held_until = None  # the locker is no longer held against a clock
            charge.save(update_fields=["held_until"])

    def recover(self, charge: Charge, at: datetime) -> bool:
        """Paid after the hold lapsed: take the locker again if it is still free, good, and the person may have it (RULES 6)."""
        term = _locked(charge)
        if term.state != LockerTerm.State.RELEASED or term.ends_before <= today(at):
            return False
        if term.locker.condition != Locker.Condition.GOOD or not _may_replace(term):
            return False
        try:
            check_free(term.locker, term.period)
            check_number(term.user, term.period, but=term.replaces)
        except LockerRefused:
            return False
        change_state(term, "hold_again", at=at, reason="paid late", held_until=at + RECOVERED_HOLD)
        return True


def _may_replace(term: LockerTerm) -> bool:
    """Whether the term that it was to take the place of, if any, is still there."""
    return term.replaces is None or term.replaces.state == LockerTerm.State.ACTIVE


def _current(term: LockerTerm) -> LockerTerm:
    """The term that stands for it after switches to other lockers."""
    while term.state == LockerTerm.State.ENDED:
        after = term.replacements.select_for_update(of=("self",))
        later = after.exclude(state__in=[LockerTerm.State.RELEASED, LockerTerm.State.CANCELLED]).first()
        if later is None:
            break
        term = later
    return term


def _locked(charge: Charge) -> LockerTerm:
    """The term, after its locker."""
    locker = lock_locker(LockerTerm.objects.values_list("locker", flat=True).get(charge=charge))
    term = LockerTerm.objects.select_for_update(of=("self",)).select_related("user", "replaces").get(charge=charge)
    term.locker = locker
    return term
