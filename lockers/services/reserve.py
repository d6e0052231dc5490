"""Reserve a locker, renew it, and give holds back that nobody paid."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from lockers import emails
from lockers.errors import LockerRefused, LockerTaken
from lockers.models import Locker, LockerTerm, LockerWindow
from lockers.services.creation import check_free, check_number, create_term, lock_locker
from lockers.tree import Tree, read_tree
from opscom.lib.dates import Period, today
from opscom.lib.office import office
from opscom.lib.states import change_state
from payments.models import Charge
from payments.services.charges import is_being_paid, lock_charges, void_charge

# For so many days after its end a locker may still be renewed, while nobody has found it empty.
LATE_RENEWAL = timedelta(days=14)


def reserve_locker(user: User, *, locker: Locker, window: LockerWindow, at: datetime | None = None) -> LockerTerm:
    """Hold that locker for this person and write what is owed. The same again answers the same hold.

    The locker's row is locked, so that of many who want it one gets it. The hold ends after the office's minutes.
    LockerTaken, LockerRefused.
    """
    at = at or timezone.now()
    release_lapsed_holds(at=at, user=user)
    try:
        return _take(user, locker, window, at)
    except LockerTaken:
        # A lapsed hold keeps its locker until it is released. That locks its charge, which comes before the locker.
        if not release_lapsed_holds(at=at, locker=locker):
            raise
        return _take(user, locker, window, at)


@transaction.atomic
def _take(user: User, locker: Locker, window: LockerWindow, at: datetime) -> LockerTerm:
    locker = lock_locker(locker.pk)
    window = LockerWindow.objects.get(pk=window.pk)
    period = period_from(window, at)
    mine = LockerTerm.objects.for_user(user).filter(locker=locker, window=window, state__in=LockerTerm.TAKING).first()
    if mine:
        return mine
    if not window.is_on_sale(at) or period.end <= period.start:
        raise LockerRefused(_("Lockers are not on sale for this term now. Look at what is."), code="not-on-sale")
    amount = window.part_of(check_offer(user, locker, window), period)
    check_free(locker, period)
    check_number(user, period)
    return create_term(
        user,
        locker=locker,
        window=window,
        period=period,
        amount=amount,
        held_until=hold_ends(at),
        at=at,
        by=user,
    )


@transaction.atomic
def renew_locker(term: LockerTerm, *, window: LockerWindow, by: User, at: datetime | None = None) -> LockerTerm:
    """Hold the same locker for the window that follows, also before its general sale. LockerTaken, LockerRefused."""
    at = at or timezone.now()
    locker = lock_locker(term.locker_id)
    term = LockerTerm.objects.select_for_update(of=("self",)).select_related("user").get(pk=term.pk)
    window = LockerWindow.objects.get(pk=window.pk)
    mine = LockerTerm.objects.for_user(term.user).filter(locker=locker, window=window, state__in=LockerTerm.TAKING)
    if existing := mine.exclude(pk=term.pk).first():
        return existing
    if not can_renew(term, window, at):
        raise LockerRefused(
            _("This locker cannot be renewed for that term now. Look at what is on sale."), code="not-renewable"
        )
    period = renewal_period(term, window)
    amount = window.part_of(check_offer(term.user, locker, window), period)
    check_free(locker, period, but=term)
    check_number(term.user, period, but=term)
    return create_term(
        term.user,
        locker=locker,
        window=window,
        period=period,
        amount=amount,
        held_until=hold_ends(at),
        at=at,
        by=by,
        reason="renewed",
    )


def period_from(window: LockerWindow, at: datetime) -> Period:
    """The days of a term that is reserved now."""
    return Period(max(window.valid_from, today(at)), window.valid_before)


def renewal_period(term: LockerTerm, window: LockerWindow) -> Period:
    """The days by which the window prolongs the term."""
    return Period(max(window.valid_from, term.ends_before), window.valid_before)


def can_renew(term: LockerTerm, window: LockerWindow, at: datetime) -> bool:
    """Whether its holder may renew it into that window at that moment."""
    late = term.ends_before + LATE_RENEWAL <= today(at)
    holds = term.state == LockerTerm.State.ACTIVE and not late
    return holds and window.is_renewed(at) and window.valid_before > term.ends_before


def check_offer(user: User, locker: Locker, window: LockerWindow) -> Decimal:
    """What the locker costs this person for the whole of that window. LockerRefused where the person cannot have it at all."""
    tree = read_tree([window])
    site = tree.sites[locker.site_id]
    if not tree.is_open_to(site, user):
        raise LockerRefused(
            _("These lockers are for other users. Look at the locations on the Lockers page."), code="not-for-you"
        )
    if locker.condition != Locker.Condition.GOOD:
        raise LockerRefused(
            _("Locker %(number)s is out of order. Choose another number.") % {"number": locker.number}, code="broken"
        )
    return price_of(tree, locker, window)


def price_of(tree: Tree, locker: Locker, window: LockerWindow) -> Decimal:
    """What it costs, by its site. LockerRefused where it has no price."""
    price: Decimal | None = tree.price(tree.sites[locker.site_id], window).value
    if price is None:
        raise LockerRefused(
            _("These lockers have no price for this term yet. Ask the office when they go on sale."), code="no-price"
        )
    return price


def release_lapsed_holds(
    *, at: datetime | None = None, user: User | None = None, locker: Locker | None = None, limit: int = 500
) -> int:
    """Free the lockers of holds that nobody paid in time, and tell their holders: all of them, one person's, or one
    locker's. Answers how many."""
    at = at or timezone.now()
    lapsed = LockerTerm.objects.lapsed(at).order_by("held_until", "pk")
    if user is not None:
        lapsed = lapsed.filter(user=user)
    if locker is not None:
        lapsed = lapsed.filter(locker=locker)
    return sum(_release_hold(pk, at) for pk in lapsed.values_list("pk", flat=True)[:limit])


@transaction.atomic
def _release_hold(pk: int, at: datetime) -> bool:
    """Release one hold, unless it has been paid or extended meanwhile."""
    charge_pk = LockerTerm.objects.values_list("charge", flat=True).get(pk=pk)
    charge = lock_charges([charge_pk])[charge_pk] if charge_pk else None
    holds = LockerTerm.objects.select_for_update(of=("self",)).select_related("user", "locker__site")
    term = holds.lapsed(at).filter(pk=pk).first()
    if term is None or charge is None or charge.state != Charge.State.OPEN:
        return False
    _release(term, charge, by=None, reason="not paid in time", at=at)
    return True


@transaction.atomic
def release_before_time(pk: int, *, by: User, reason: str, at: datetime) -> bool:
    """Staff release an unpaid hold before its time is over, and its holder is told. Not while somebody pays, nor what is paid."""
    charge_pk = LockerTerm.objects.values_list("charge", flat=True).get(pk=pk)
    charge = lock_charges([charge_pk])[charge_pk] if charge_pk else None
    held = LockerTerm.objects.select_for_update(of=("self",)).select_related("user", "locker__site")
    term = held.filter(pk=pk, state=LockerTerm.State.HELD).first()
    if term is None or charge is None or charge.state != Charge.State.OPEN or is_being_paid(charge.pk):
        return False
    _release(term, charge, by=by, reason=reason, at=at)
    return True


def _release(term: LockerTerm, charge: Charge, *, by: User | None, reason: str, at: datetime) -> None:
    """The locker is free, nothing is owed for it, and its holder reads so. Both are locked."""
    change_state(term, "release", by=by, at=at, reason=reason)
    void_charge(charge, by=by, at=at, reason="hold lapsed")
    emails.send_locker_lapsed(term)


def extend_hold(charge: Charge, *, until: datetime) -> None:
    """Keep the hold of a locked charge at least until then; never shorter. The charge shows the same moment."""
    held = LockerTerm.objects.filter(charge=charge, state=LockerTerm.State.HELD, held_until__lt=until)
    if held.update(held_until=until):
        Charge.objects.filter(pk=charge.pk).update(held_until=until)


def hold_ends(at: datetime) -> datetime:
    """Until when a hold that begins now lasts: the office's minutes. A sale that ends meanwhile lets it be."""
    return at + timedelta(minutes=office().short_hold_minutes)
