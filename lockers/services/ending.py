"""Terms that end: taken out of the cart, taken back by the office, found empty, followed by the next one."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from lockers import emails
from lockers.errors import LockerRefused
from lockers.models import LockerCombination, LockerTerm
from lockers.services.creation import lock_locker
from opscom.lib.dates import today
from opscom.lib.states import change_state
from payments.models import Charge
from payments.services.charges import is_being_paid, lock_charges, void_charge


@transaction.atomic
def cancel_hold(term: LockerTerm, *, by: User, reason: str = "", at: datetime | None = None) -> LockerTerm:
    """Take an unpaid hold out of the cart: the locker is free at once and nothing is owed. LockerRefused while a payment
    for it is under way or promised."""
    at = at or timezone.now()
    charge = lock_charges([term.charge_id])[term.charge_id] if term.charge_id else None
    term = LockerTerm.objects.select_for_update(of=("self",)).get(pk=term.pk)
    if term.state != LockerTerm.State.HELD or charge is None:
        raise LockerRefused(_("This locker is not held any more. Look at your lockers."), code="not-held")
    check_no_payment(charge)
    change_state(term, "cancel", by=by, at=at, reason=reason)
    void_charge(charge, by=by, at=at, reason="locker given up")
    return term


def check_no_payment(charge: Charge) -> None:
    """LockerRefused while somebody pays for it, or has promised to."""
    if is_being_paid(charge.pk):
        raise LockerRefused(
            _("A payment for this locker is under way. Wait until it is done, or call the parking office."),
            code="under-way",
        )


@transaction.atomic
def end_term(term: LockerTerm, *, by: User, reason: str, at: datetime | None = None) -> LockerTerm:
    """The office ends a term before its time, and says why; the holder hears of it. Money goes back by a refund of the
    payment, if the office gives any."""
    at = at or timezone.now()
    term = lock_term(term)
    if term.state not in (LockerTerm.State.ACTIVE, LockerTerm.State.SUSPENDED):
        raise LockerRefused(_("This term is over already. There is nothing to end."), code="over")
    if not reason.strip():
        raise LockerRefused(_("Say why; the holder reads it."), code="reason")
    if term.state == LockerTerm.State.SUSPENDED and term.charge_id:
        void_if_open(term.charge_id, by=by, at=at)
    change_state(term, "end", by=by, at=at, reason=reason.strip()[:250])
    leave_locker(term)
    emails.send_locker_changed(term, emails.ENDED, reason=reason.strip())
    return term


@transaction.atomic
def clear_out(term: LockerTerm, *, by: User, at: datetime | None = None) -> LockerTerm:
    """Somebody of the office found the locker of a term that is over empty, or emptied it."""
    at = at or timezone.now()
    term = lock_term(term)
    if term.state != LockerTerm.State.ACTIVE or term.ends_before > today(at):
        raise LockerRefused(_("This term is not over. End it first, and say why."), code="not-over")
    change_state(term, "end", by=by, at=at, reason="found empty")
    leave_locker(term)
    return term


def end_followed_terms(*, at: datetime | None = None, limit: int = 500) -> int:
    """End the terms that are over and whose holder goes on with the same locker. Answers how many."""
    at = at or timezone.now()
    keys = list(_over_and_going_on(at).values_list("pk", flat=True)[:limit])
    return sum(_end_followed(pk, at) for pk in keys)


@transaction.atomic
def _end_followed(pk: int, at: datetime) -> bool:
    term = LockerTerm.objects.select_for_update(of=("self",)).get(pk=pk)
    if term.state == LockerTerm.State.ACTIVE:
        change_state(term, "end", at=at, reason="renewed")
    return term.state == LockerTerm.State.ENDED


def _over_and_going_on(at: datetime) -> "QuerySet[LockerTerm]":
    """Terms that are over, where the same person has the locker further on."""
    next_one = LockerTerm.objects.filter(
        locker=OuterRef("locker"),
        user=OuterRef("user"),
        state=LockerTerm.State.ACTIVE,
        starts_on__gte=OuterRef("ends_before"),
    )
    return LockerTerm.objects.over(today(at)).filter(Exists(next_one)).order_by("ends_before", "pk")


def lock_term(term: LockerTerm) -> LockerTerm:
    """Charge, locker and term, locked in that order."""
    if term.charge_id:
        lock_charges([term.charge_id])
    lock_locker(term.locker_id)
    terms = LockerTerm.objects.select_for_update(of=("self",)).select_related("user", "locker__site", "charge")
    return terms.get(pk=term.pk)


def void_if_open(charge_pk: int, *, by: User | None, at: datetime) -> None:
    """Nothing is owed for a term any more; its charge is locked already."""
    charge = Charge.objects.get(pk=charge_pk)
    if charge.state == Charge.State.OPEN:
        void_charge(charge, by=by, at=at, reason="locker ended")


def leave_locker(term: LockerTerm) -> None:
    """Somebody who knows the combination has it no more: the next holder sees none until the lock is changed."""
    if LockerCombination.objects.filter(locker=term.locker_id).exists():
        locker = lock_locker(term.locker_id)
        locker.to_change = True
        locker.save(update_fields=["to_change"])
