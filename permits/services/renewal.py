"""Renew one permit: its next month with its charge, and the money for it from the stored card.

Nothing here is charged twice: permit and first day are the key of a month (RULES 31), a try is claimed under lock before the
card is charged, and while nobody knows how a try ended no other one begins.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from opscom.lib.dates import Period, anchor_of, month_later, start_of_day, today
from opscom.lib.office import office
from opscom.lib.states import change_state
from payments.errors import AlreadyPaid, PaymentRefused
from payments.models import Charge, Payment, StoredCard, Tax
from payments.services.charges import create_charge, is_being_paid, lock_charges, void_charge
from payments.services.checkouts import start_checkout
from payments.services.retries import LEASE, next_try
from payments.services.stored import charge_card
from payments.services.taxes import price_with
from permits import emails
from permits.capacity import occupancy
from permits.errors import PROBLEMS, LotFull, PermitRefused
from permits.models import Lot, Permit, PermitTerm, PermitType, RolloverItem, SalesWindow
from permits.models.sale import price_on, sold_to
from permits.services.bans import ban_of
from permits.services.conflicts import lock_person, second_permit_in
from permits.services.needed_permits import refuse_without_other, with_other
from permits.services.numbers import keeps_number
from permits.services.quotes import step_price

KIND = "rollover"


def is_monthly(permit: Permit) -> bool:
    """Only what is sold by the month recurs; needs `window`."""
    return permit.window is not None and permit.window.period == SalesWindow.Period.MONTH


def window_of(permit: Permit) -> SalesWindow:
    """The sales window of a permit that renews itself. PermitRefused for one that was sold without."""
    if permit.window is None:
        raise PermitRefused(PROBLEMS["off"], code="off")
    return permit.window


def next_period(permit: Permit) -> Period:
    """The month after the permit's end; needs `window`."""
    window = window_of(permit)
    anchor = permit.anchor_day or anchor_of(window.valid_from, window.valid_before)
    return Period(permit.valid_before, month_later(permit.valid_before, anchor=anchor))


def charge_day(permit: Permit) -> date:
    """When its renewal is charged."""
    return permit.valid_before - timedelta(days=office().rollover_days_before)


def renewal_price(permit: Permit, day: date) -> Decimal | None:
    """The price of that day for this permit's step in its household, before taxes; needs `window__prices`."""
    price = price_on(list(window_of(permit).prices.all()), day)
    return step_price(permit, price.amount) if price else None


def to_pay(permit: Permit, day: date, taxes: list[Tax]) -> Decimal | None:
    """What the renewal costs on that day with these taxes; needs `window__prices`."""
    price = renewal_price(permit, day)
    return price_with(taxes, price).total if price else None


def usable_card(permit: Permit, cards: list[StoredCard], day: date) -> tuple[StoredCard | None, str]:
    """The card that is charged, and what is wrong: nothing, no card, or an expired one. `cards` are those kept for the
    holder, the primary one first."""
    chosen = [card for card in cards if card.pk == permit.rollover_card_id] or [card for card in cards if card.primary]
    if not chosen:
        return None, "no-card"
    return (chosen[0], "") if chosen[0].expires_before > day else (None, "expired")


def with_rights(permits: QuerySet[Permit]) -> QuerySet[Any]:
    """Each with whether its window sells to people of its holder's user type (`for_type`), and whether the holder has the other
    permit that it needs (`with_other`) when its next month begins."""
    sold = SalesWindow.objects.filter(pk=OuterRef("window"))
    beside = PermitType.objects.filter(pk=OuterRef("permit_type"))
    return permits.annotate(
        for_type=Exists(sold.filter(sold_to(OuterRef(OuterRef("holder__user_type"))))),
        with_other=Exists(beside.filter(with_other(OuterRef(OuterRef("holder")), OuterRef(OuterRef("valid_before"))))),
    )


def obstacle_to(permit: Any, *, fines: bool) -> str:
    """Why a permit may not be renewed whatever its card: a stable word, or nothing. Needs `with_rights`."""
    if not permit.rollover or permit.state != Permit.State.ACTIVE or not is_monthly(permit):
        return "off"
    if not permit.holder.is_active:
        return "closed-account"
    if not (permit.permit_type.active and window_of(permit).active and permit.lot.spaces):
        return "lot-closed"
    if not permit.for_type:
        return "not-your-window"
    if not permit.with_other:
        return "needs-other"
    return "fines" if fines and office().rollover_needs_no_fines else ""


def owes_fines(holders: list[int], day: date) -> set[int]:
    """Those who owe an overdue ticket."""
    overdue = Charge.objects.open().filter(kind="violation", payer__in=holders, due_on__lt=day)
    return set(overdue.order_by().values_list("payer", flat=True).distinct())


@transaction.atomic
def open_term(permit_pk: int, *, at: datetime) -> PermitTerm:
    """The permit's next month and what is owed for it, at the price of this day; the one that is owed already, if there is
    one. Until its grace ends the permit stays valid and the place is kept. PermitRefused, LotFull."""
    Lot.objects.select_for_update(of=("self",)).get(permits=permit_pk)
    permit = (
        with_rights(Permit.objects.select_for_update(of=("self",)))
        .select_related("holder", "lot", "permit_type__lot", "window")
        .get(pk=permit_pk)
    )
    if owed := permit.terms.filter(state=PermitTerm.State.DUE).first():
        return owed
    day = today(at)
    problem = obstacle_to(permit, fines=bool(owes_fines([permit.holder_id], day)))
    if problem or permit.valid_before <= day:
        raise PermitRefused(PROBLEMS[problem or "over"], code=problem or "over")
    if ban_of(lock_person(permit.holder_id), at=at):
        raise PermitRefused(PROBLEMS["banned"], code="banned")
    _refuse_early(permit, day)
    period = next_period(permit)
    if permit.terms.filter(starts_on=period.start).exists():
        raise PermitRefused(PROBLEMS["off"], code="off")
    if not occupancy(permit.permit_type, period, numbers=False).free:
        raise LotFull(PROBLEMS["full"])
    if not keeps_number(permit, period):
        raise PermitRefused(PROBLEMS["number"], code="number")
    if second_permit_in(permit, period):
        raise PermitRefused(PROBLEMS["same-plate"], code="same-plate")
    refuse_without_other(permit.holder, permit.permit_type, day=period.start, rolling=False)
    price = renewal_price(permit, day)
    if price is None:
        raise PermitRefused(PROBLEMS["lot-closed"], code="no-price")
    return _make_term(permit, period, price, at)


def _refuse_early(permit: Permit, day: date) -> None:
    """It is not due, or another run, begun at the same moment, left it out."""
    if charge_day(permit) > day:
        raise PermitRefused(_("It is renewed later."), code="not-due")
    if RolloverItem.objects.left_out_on(day).filter(permit=permit).exists():
        raise PermitRefused(_("Staff leave it out until a later rollover."), code="left-out")


def _make_term(permit: Permit, period: Period, price: Decimal, at: datetime) -> PermitTerm:
    grace = min(period.start + timedelta(days=office().rollover_grace_days), period.end)
    term = PermitTerm(
        permit=permit,
        starts_on=period.start,
        ends_before=period.end,
        created_at=at,
        next_try_at=at,
        lapses_at=start_of_day(grace),
    )
    with override(permit.holder.language):
        term.charge = create_charge(
            KIND,
            amount=price,
            payer=permit.holder,
            description=_("Permit %(number)s, %(lot)s") % {"number": permit.number, "lot": permit.lot.name},
            detail=_("%(first)s to %(last)s")
            % {"first": date_format(term.starts_on), "last": date_format(term.last_day)},
            link=reverse("permits:detail", args=[permit.code]),
            held_until=term.lapses_at,
            at=at,
        )
    term.save()
    term.events.create(at=at, to_state=term.state)
    permit.valid_before = grace
    permit.save(update_fields=["valid_before"])
    return term


def collect_term(pk: int, *, at: datetime | None = None) -> PermitTerm:
    """Charge the card for one owed month, if a try is due. What an earlier try came to is looked at first."""
    at = at or timezone.now()
    term = _claim(pk, at)
    if term is None:
        return PermitTerm.objects.select_related("permit__holder").get(pk=pk)
    last = (
        Payment.objects.filter(checkout__lines__charge=term.charge_id, stored_card__isnull=False)
        .order_by("-pk")
        .first()
    )
    if last and last.pk != term.judged_id and last.state == Payment.State.FAILED:
        return _judge(term, last, at)
    holder = term.permit.holder
    card, problem = usable_card(term.permit, list(StoredCard.objects.for_user(holder).kept()), today(at))
    if card is None:
        return ask_holder(term, problem, at=at)
    try:
        checkout = start_checkout([term.charge], user=holder, language=holder.language, at=at)
        payment = charge_card(checkout, card=card, at=at)
    except (AlreadyPaid, PaymentRefused):  # somebody pays it just now, or has promised to
        return term
    if payment.state == Payment.State.FAILED:
        return _judge(term, payment, at)
    term.refresh_from_db()
    return term


@transaction.atomic
def _claim(pk: int, at: datetime) -> PermitTerm | None:
    """The month, taken for one try: another worker finds its next try an hour later."""
    due = PermitTerm.objects.select_for_update(of=("self",), skip_locked=True).filter(
        pk=pk, state=PermitTerm.State.DUE, next_try_at__lte=at, lapses_at__gt=at
    )
    term = due.select_related("permit__holder", "permit__lot", "charge").first()
    if term:
        term.next_try_at = at + LEASE
        term.tried_at = term.tried_at or at
        term.save(update_fields=["next_try_at", "tried_at"])
    return term


def _judge(term: PermitTerm, payment: Payment, at: datetime) -> PermitTerm:
    """The bank said no. Where another try may help it comes 1, 3 and 5 days after the first one; else the holder is asked."""
    term.judged = payment
    term.save(update_fields=["judged"])
    again = next_try(payment, first=term.tried_at or at, before=term.lapses_at, at=at)
    if again:
        PermitTerm.objects.filter(pk=term.pk).update(next_try_at=again, problem="declined")
        term.next_try_at, term.problem = again, "declined"
        return term
    return ask_holder(term, payment.decline or "declined", at=at)


@transaction.atomic
def ask_holder(term: PermitTerm, problem: str, *, at: datetime) -> PermitTerm:
    """No other try by itself: the holder pays on the Payments page, until the grace ends."""
    term.next_try_at, term.problem = None, problem
    term.save(update_fields=["next_try_at", "problem"])
    emails.send_rollover_failed(term)
    return term


@transaction.atomic
def lapse_term(pk: int, *, at: datetime, banned: bool = False) -> bool:
    """The grace is over: nothing is owed, and the permit has ended. So it does with this day, or with the last paid one if that
    comes later, where its holder is `banned`: gets no permits any more. Not while somebody pays."""
    charge_pk = PermitTerm.objects.values_list("charge", flat=True).get(pk=pk)
    charge = lock_charges([charge_pk])[charge_pk]
    term = PermitTerm.objects.select_related("permit__holder", "permit__lot").get(pk=pk)
    permit = Permit.objects.select_for_update(of=("self",)).get(pk=term.permit_id)
    term = PermitTerm.objects.select_for_update(of=("self",)).select_related("permit__holder", "permit__lot").get(pk=pk)
    early = term.lapses_at > at
    if term.state != PermitTerm.State.DUE or (early and not banned) or charge.state != Charge.State.OPEN:
        return False
    if is_being_paid(charge.pk):
        return False
    void_charge(charge, at=at, reason="rollover lapsed")
    change_state(term, "lapse", at=at, reason=term.problem, next_try_at=None)
    permit.rollover = False
    if early:
        permit.valid_before = max(term.starts_on, today(at) + timedelta(days=1))
    permit.save(update_fields=["rollover", "valid_before"])
    note(permit, "rollover lapsed", at=at)
    emails.send_rollover_stopped(term.permit, PROBLEMS["banned" if early else "lapsed"], day=term.starts_on)
    return True


def note(permit: Permit, reason: str, *, at: datetime, by: User | None = None) -> None:
    """Into the permit's history."""
    permit.events.create(at=at, by=by, from_state=permit.state, to_state=permit.state, reason=reason)
