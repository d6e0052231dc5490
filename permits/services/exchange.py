"""Exchange a permit for one in another lot, paying or getting back the difference.

What is unused of the old permit moves, in the books, to the charge of the new one. Where more is owed, the new place is held
and the old permit stays valid until it is paid: then both change in the same step. A hold that lapses moves everything back.
Lock order: payments, charges, both lots by key, permits.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from opscom.lib.dates import day_before, today
from opscom.lib.money import ZERO
from opscom.lib.office import office
from opscom.lib.states import change_state
from opscom.models import SystemSettings
from payments.cancellation import money_back, office_policy
from payments.models import Charge, Payment
from payments.services.charges import lock_charges
from payments.services.moves import can_be_moved, first_moved, move_paid
from payments.services.refundable import Part, Share, paid_and_left, payments_of, spread_refund, summed
from payments.services.refunds import create_refunds, lock_payment
from payments.services.taxes import price_with, taxes_for
from permits import emails
from permits.capacity import occupancy
from permits.errors import LotFull, PermitRefused
from permits.models import Lot, Permit, PermitTerm, SalesWindow
from permits.models.lot import Keys
from permits.services.activation import activate_permit
from permits.services.bans import ban_of
from permits.services.cancel import BY_DAYS, last_term
from permits.services.conflicts import lock_person
from permits.services.creation import KIND, create_permit
from permits.services.exchangeable import place_offered, windows_open_to
from permits.services.fees import Fee, charge_fee
from permits.services.households import lock_household
from permits.services.limits import check_limits
from permits.services.quotes import Quote, quote_permit, rest_of
from permits.services.reserve import hold_until, release_lapsed_holds
from permits.services.sale import not_on_sale
from permits.services.tags import drop_tags_of
from permits.services.waitlists.ending import claim_offer, hold_for_offer
from permits.services.waitlists.queue import waiting_for

EXCHANGED = "exchanged"


@dataclass(frozen=True)
class ExchangeQuote:
    """What the new permit costs with its taxes, what counts of the old one, and what comes back by which way."""

    quote: Quote
    price: Decimal
    value: Decimal
    parts: list[Part]

    @property
    def difference(self) -> Decimal:
        """To be paid where it is positive; it comes back where it is negative."""
        return self.price - self.value

    @property
    def last_day(self) -> date:
        """The new permit's last day, as people say it."""
        return day_before(self.quote.period.end)

    @property
    def back(self) -> Decimal:
        """What comes back."""
        return max(ZERO, -self.difference)


def can_exchange(permit: Permit, *, at: datetime | None = None) -> bool:
    """Whether its page offers an exchange: a paid permit of a sales window that is not over and does not renew itself."""
    paid = permit.state == Permit.State.ACTIVE and permit.valid_before > today(at)
    return office().exchanging and paid and permit.window_id is not None and not permit.rollover


def value_of(permit: Permit, *, waiting: str = "", at: datetime | None = None) -> Decimal:
    """What counts of a permit in an exchange now; `waiting` is the number of the permit that waits to take its place, where one
    does. PermitRefused."""
    at = at or timezone.now()
    _check_exchangeable(permit, at)
    if waiting:
        raise _waits(waiting)
    term = last_term(permit)
    paid, left = paid_and_left(term.charge)
    return min(_unused(paid, term, at), left)


def quote_exchange(permit: Permit, *, window: SalesWindow, at: datetime | None = None) -> ExchangeQuote:
    """Exactly what an exchange for a permit of that window would cost or give back now. PermitRefused."""
    at = at or timezone.now()
    _check_old(permit, at, window, offered=place_offered(permit.holder, window) is not None)
    term = last_term(permit)
    return _quote(permit, term, window, at)[0]


def exchange_permit(
    permit: Permit,
    *,
    window: SalesWindow,
    expected: Decimal,
    by: User,
    keys: Keys | None = None,
    at: datetime | None = None,
) -> Permit:
    """Take the place in the other lot: at once where nothing is owed, else held until the difference is paid. The same again
    answers the same hold. A place that a waitlist offers the holder is taken so, too; of others no more than the waitlists
    leave. PermitRefused where another difference than the holder saw is due, LotFull."""
    at = at or timezone.now()
    release_lapsed_holds(at=at, holder=permit.holder)
    try:
        return _exchange(permit, window, expected, by, keys, at)
    except LotFull:
        if not release_lapsed_holds(at=at, lot=window.permit_type.lot):
            raise
        return _exchange(permit, window, expected, by, keys, at)


@transaction.atomic
def _exchange(
    permit: Permit, window: SalesWindow, expected: Decimal, by: User, keys: Keys | None, at: datetime
) -> Permit:
    term = last_term(permit)
    payments = [lock_payment(payment.pk) for payment in payments_of(term.charge)]
    term.charge = lock_charges([term.charge_id])[term.charge_id]
    window = _find_window(permit, window, keys)
    lots = [permit.lot_id, window.permit_type.lot_id]
    list(Lot.objects.select_for_update(of=("self",)).filter(pk__in=lots).order_by("pk"))
    permit = Permit.objects.select_for_update(of=("self",)).select_related("holder", "lot").get(pk=permit.pk)
    if held := permit.replacements.filter(state=Permit.State.HELD, window=window).first():
        return held
    offer = place_offered(permit.holder, window)
    _check_old(permit, at, window, offered=offer is not None)
    if window.permit_type.household_counts:
        lock_household(permit.holder)
    quote, shares = _quote(permit, term, window, at, payments)
    spread_refund(
        [term.charge], payments, quote.value, refused=PermitRefused
    )  # in a dispute nothing of it may be taken
    if quote.difference != expected or last_term(permit).charge_id != term.charge_id:
        raise PermitRefused(
            _("The amount has changed since you opened this page. Look at it again before you exchange."),
            code="changed",
        )
    check_limits(permit.holder, window, period=quote.quote.period, step=quote.quote.step, replaces=permit)
    if offer is not None:
        offer = claim_offer(offer, permit.holder, at=at)  # it has taken a space since it was made
    elif occupancy(window.permit_type, quote.quote.period).free <= waiting_for(window, at):
        raise LotFull(
            _("The last place in %(lot)s went a moment ago. Your permit stays as it is.")
            % {"lot": window.permit_type.lot.name}
        )
    new = _make(permit, quote.quote, at)
    if offer is not None:
        hold_for_offer(offer, new, at=at)
    _move_money(permit, new, term.charge, payments, quote, shares, by, at)
    if new.charge.state == Charge.State.SETTLED:
        take_effect(new, permit, at=at)
    return new


def take_effect(new: Permit, old: Permit, *, at: datetime) -> None:
    """The old permit ends and the new one begins, both locked, and the office's fee is owed. The old one first: they have the
    same plates."""
    if old.state in Permit.UNRELEASED:
        change_state(old, "cancel", at=at, reason=EXCHANGED)
        drop_tags_of(old, by=None, at=at)
    activate_permit(new, at=at, reason=EXCHANGED)
    charge_fee(new, Fee.EXCHANGE, amount=office().exchange_fee, at=at)
    emails.send_permit_exchanged(new, old)


def take_up_again(charge: Charge, *, at: datetime) -> bool:
    """The difference was paid after the hold lapsed: the exchange goes on if the old permit is still there with its value, a
    place is left (RULES 6) and the holder gets permits. Payments that somebody else has in hand just now are not waited for,
    because their locks come before the charge's: then staff decide."""
    permit = Permit.objects.select_related("replaces__charge").get(charge=charge)
    assert permit.replaces is not None  # asked of exchanges only  # noqa: S101
    term = last_term(permit.replaces)
    wanted = [payment.pk for payment in payments_of(term.charge)]
    free = Payment.objects.select_for_update(of=("self",), skip_locked=True).filter(pk__in=wanted)
    payments = list(free.select_related("checkout__user").order_by("pk"))
    lots = [permit.lot_id, permit.replaces.lot_id]
    list(Lot.objects.select_for_update(of=("self",)).filter(pk__in=lots).order_by("pk"))
    old, new = lock_exchange(permit)
    value = first_moved(charge)
    if new.state != Permit.State.RELEASED or old.state != Permit.State.ACTIVE or old.valid_before <= today(at):
        return False
    if len(payments) != len(wanted) or can_be_moved(payments, term.charge) < value:
        return False
    others = Permit.objects.filter(holder=new.holder_id, window=new.window_id, state__in=Permit.UNRELEASED)
    if others.exists() or old.replacements.filter(state__in=Permit.UNRELEASED).exists():
        return False
    if ban_of(lock_person(new.holder_id), at=at) or not occupancy(new.permit_type, new.period).free:
        return False
    move_paid(payments, source=term.charge, target=charge, amount=value, at=at)
    return True


def lock_exchange(permit: Permit) -> tuple[Permit, Permit]:
    """The old permit and the new one, locked in the order of their keys: the old one was there first."""
    rows: QuerySet[Permit] = Permit.objects.select_for_update(of=("self",)).select_related("permit_type__lot", "holder")
    both = {row.pk: row for row in rows.filter(pk__in=[permit.pk, permit.replaces_id]).order_by("pk")}
    return both[permit.replaces_id or 0], both[permit.pk]


def _find_window(permit: Permit, window: SalesWindow, keys: Keys | None) -> SalesWindow:
    """The window as it is now, if the holder may buy in its lot."""
    windows = windows_open_to(permit.holder, keys).select_related("permit_type__lot__group")
    found = windows.filter(pk=window.pk).first()
    if found is None:
        raise PermitRefused(_("This lot is for other users. Look at the lots on the Permits page."), code="not-for-you")
    return found


def _check_exchangeable(permit: Permit, at: datetime) -> None:
    if not can_exchange(permit, at=at):
        raise PermitRefused(
            _("Only a paid permit that has not ended can be exchanged. Turn Permit Rollover off first where it is on."),
            code="not-exchangeable",
        )


def _waits(number: str) -> PermitRefused:
    return PermitRefused(
        _("An exchange for permit %(number)s waits for its payment. Pay it, or cancel that permit first.")
        % {"number": number},
        code="waiting",
    )


def _check_old(permit: Permit, at: datetime, window: SalesWindow, *, offered: bool) -> None:
    """Whether this permit may be exchanged for that window; a place that is `offered` may be of the same lot."""
    _check_exchangeable(permit, at)
    _check_sale(permit, window, at, offered=offered)
    waits = Q(replaces=permit, state=Permit.State.HELD)
    same = Q(holder=permit.holder_id, window=window, state__in=Permit.UNRELEASED)
    for other in Permit.objects.filter(waits | same).order_by("-replaces"):
        if other.replaces_id == permit.pk:
            raise _waits(other.number)
        raise PermitRefused(_("You have a permit of this kind already. Choose another lot."), code="have-it")


def _check_sale(permit: Permit, window: SalesWindow, at: datetime, *, offered: bool) -> None:
    if not window.is_on_sale(at) or window.valid_before <= today(at):
        raise PermitRefused(not_on_sale(), code="not-on-sale")
    if window.permit_type.lot_id == permit.lot_id and not offered:
        raise PermitRefused(_("This is the lot that you have. Choose another one."), code="same-lot")


def _unused(paid: Decimal, term: PermitTerm, at: datetime) -> Decimal:
    """By the office's rules of a cancellation, or the days that are left and nothing else."""
    by_days = office().exchange_value == SystemSettings.ExchangeValue.DAYS
    policy = BY_DAYS if by_days else office_policy()
    return money_back(paid, starts=term.starts_on, ends=term.ends_before, on=today(at), policy=policy).amount


def _quote(
    permit: Permit, term: PermitTerm, window: SalesWindow, at: datetime, payments: list[Payment] | None = None
) -> tuple[ExchangeQuote, list[Share]]:
    """The quote, and what comes back of each payment; `payments` are those of the term, where they are locked."""
    quote = quote_permit(window, user=permit.holder, at=at, period=rest_of(window, today(at)), replaces=permit)
    price = price_with(taxes_for(KIND, payer=permit.holder_id, at=at), quote.amount).total
    paid, left = paid_and_left(term.charge)
    value = min(_unused(paid, term, at), left)
    shares: list[Share] = []
    if value > price:
        payments = payments_of(term.charge) if payments is None else payments
        shares = spread_refund([term.charge], payments, value - price, refused=PermitRefused)
    return ExchangeQuote(quote, price, value, summed(shares)), shares


def _make(permit: Permit, quote: Quote, at: datetime) -> Permit:
    """The hold of the new place, for the plates that the old permit has."""
    return create_permit(
        permit.holder,
        permit_type=quote.window.permit_type,
        vehicles=[link.vehicle for link in permit.plates.filter(courtesy=False).select_related("vehicle")],
        window=quote.window,
        period=quote.period,
        amount=quote.amount,
        step=quote.nth,
        because=quote.reasons,
        held_until=hold_until(quote.window, at),
        at=at,
        replaces=permit,
    )


def _move_money(
    old: Permit,
    new: Permit,
    charge: Charge,
    payments: list[Payment],
    quote: ExchangeQuote,
    shares: list[Share],
    by: User,
    at: datetime,
) -> None:
    """What comes back goes on its way, and the rest of the value stands on the new charge."""
    with override(old.holder.language):
        reason = _("Permit %(number)s exchanged") % {"number": old.number}
    for share in shares:
        create_refunds(share.payment, charge, share.parts, reason=reason, by=by, at=at)
    amount = quote.value - quote.back
    if amount:
        move_paid(payments, source=charge, target=new.charge, amount=amount, at=at)
