"""Another locker for the rest of a term: the holder pays what it costs more; the office moves people without charge."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from lockers import emails
from lockers.errors import LockerRefused
from lockers.models import Locker, LockerTerm, LockerWindow
from lockers.services.creation import check_free, check_number, create_term, lock_locker
from lockers.services.ending import leave_locker
from lockers.services.reserve import check_offer, hold_ends, release_lapsed_holds
from lockers.tree import Tree, read_tree
from opscom.lib.dates import Period, today
from opscom.lib.money import ZERO
from opscom.lib.states import change_state


def switch_locker(term: LockerTerm, *, to: Locker, by: User, at: datetime | None = None) -> LockerTerm:
    """The holder's wish: a term on the other locker, held until the difference in price is paid, or at once where there is
    none. The old term goes on until then. Nothing comes back where the other one is cheaper."""
    at = at or timezone.now()
    release_lapsed_holds(at=at, user=term.user)
    release_lapsed_holds(at=at, locker=to)
    return _switch(term, to, by, at)


@transaction.atomic
def _switch(term: LockerTerm, to: Locker, by: User, at: datetime) -> LockerTerm:
    to, term = _lock_both(term, to)
    if existing := term.replacements.filter(state__in=LockerTerm.TAKING, locker=to).first():
        return existing
    if term.window is None:
        raise LockerRefused(_("The office gave you this locker. Ask it for another one."), code="given")
    _check_moving(term, at)
    price = check_offer(term.user, to, term.window)
    difference = max(price - current_price(read_tree([term.window]), term, term.window), ZERO)
    difference = term.window.part_of(difference, rest_of(term, at=at))
    return _move(term, to, amount=difference, by=by, at=at, reason="switched")


@transaction.atomic
def move_term(term: LockerTerm, *, to: Locker, by: User, reason: str, at: datetime | None = None) -> LockerTerm:
    """The office moves somebody to another locker, without charge, and says why; the holder hears of it."""
    at = at or timezone.now()
    if not reason.strip():
        raise LockerRefused(_("Say why; the holder reads it."), code="reason")
    to, term = _lock_both(term, to)
    _check_moving(term, at)
    new = _move(term, to, amount=ZERO, by=by, at=at, reason=reason.strip()[:250])
    emails.send_locker_changed(new, emails.MOVED, reason=reason.strip())
    return new


@transaction.atomic
def give_locker(
    user: User, *, locker: Locker, period: Period, by: User, reason: str = "", at: datetime | None = None
) -> LockerTerm:
    """The office gives a locker without charge, also one more than the system settings allow."""
    locker = lock_locker(locker.pk)
    check_free(locker, period)
    return create_term(
        user,
        locker=locker,
        period=period,
        amount=ZERO,
        held_until=None,
        at=at or timezone.now(),
        by=by,
        reason=reason.strip()[:250],
    )


def rest_of(term: LockerTerm, *, at: datetime) -> Period:
    """The days of a term that are left."""
    return Period(max(term.starts_on, today(at)), term.ends_before)


def can_switch(term: LockerTerm, *, at: datetime) -> bool:
    """Whether its holder has it now or will have it, bought it, and has not put another one in the cart in its place."""
    holds = term.state == LockerTerm.State.ACTIVE and term.ends_before > today(at)
    return holds and term.window_id is not None and not term.replacements.filter(state__in=LockerTerm.TAKING).exists()


def current_price(tree: Tree, term: LockerTerm, window: LockerWindow) -> Decimal:
    """What the term's own locker costs in its window; nothing where it has no price any more."""
    price: Decimal | None = tree.price(tree.sites[term.locker.site_id], window).value
    return ZERO if price is None else price


def end_replaced(term: LockerTerm, *, at: datetime, by: User | None = None) -> None:
    """A term that takes the place of another one holds: the other one ends."""
    if term.replaces_id is None:
        return
    old = LockerTerm.objects.select_for_update(of=("self",)).get(pk=term.replaces_id)
    if old.state == LockerTerm.State.ACTIVE:
        change_state(old, "end", by=by, at=at, reason="switched")
        leave_locker(old)


def _move(term: LockerTerm, to: Locker, *, amount: Decimal, by: User, at: datetime, reason: str) -> LockerTerm:
    period = rest_of(term, at=at)
    if to.condition != Locker.Condition.GOOD:
        raise LockerRefused(
            _("Locker %(number)s is out of order. Choose another number.") % {"number": to.number}, code="broken"
        )
    check_free(to, period)
    if amount:
        check_number(term.user, period, but=term)
    new = create_term(
        term.user,
        locker=to,
        window=term.window,
        period=period,
        amount=amount,
        held_until=hold_ends(at),
        at=at,
        by=by,
        replaces=term,
        reason=reason,
    )
    if new.state == LockerTerm.State.ACTIVE:
        end_replaced(new, at=at, by=by)
    return new


def _check_moving(term: LockerTerm, at: datetime) -> None:
    if term.state != LockerTerm.State.ACTIVE or term.ends_before <= today(at):
        raise LockerRefused(_("Only a locker that you have now can be switched."), code="over")
    if term.replacements.filter(state__in=LockerTerm.TAKING).exists():
        raise LockerRefused(
            _("Another locker is in your cart in its place already. Pay for it, or take it out of the cart first."),
            code="switching",
        )


def _lock_both(term: LockerTerm, to: Locker) -> tuple[Locker, LockerTerm]:
    """Both lockers, in the order of their keys, and then the term."""
    if to.pk == term.locker_id:
        raise LockerRefused(_("This is the locker that you have. Choose another number."), code="same")
    locked = {pk: lock_locker(pk) for pk in sorted({term.locker_id, to.pk})}
    terms = LockerTerm.objects.select_for_update(of=("self",)).select_related("user", "window")
    term = terms.get(pk=term.pk)
    term.locker = locked[term.locker_id]
    return locked[to.pk], term
