"""Permit Rollover: the toggle of a monthly permit (CARD-5), its price told in advance, and what is due by the clock."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import anchor_of, today
from opscom.lib.office import office
from opscom.lib.states import change_state
from payments.models import Charge, StoredCard
from payments.services.charges import is_being_paid, lock_charges, void_charge
from payments.services.taxes import taxes_for
from permits import emails
from permits.errors import PermitRefused
from permits.models import Permit, PermitTerm, WindowPrice
from permits.services.renewal import KIND, charge_day, is_monthly, lapse_term, note, to_pay, window_of


def rollover_offered(permit: Permit, *, at: datetime | None = None) -> bool:
    """Whether the page shows the toggle; needs `window`."""
    valid = (
        permit.state == Permit.State.ACTIVE and permit.valid_before > today(at) and permit.provisional_before is None
    )
    return office().stored_cards and is_monthly(permit) and valid


@transaction.atomic
def turn_rollover_on(permit: Permit, *, card: StoredCard | None, by: User, at: datetime | None = None) -> Permit:
    """From now on the permit renews itself on this card, or on the primary one whichever that is. PermitRefused."""
    at = at or timezone.now()
    permit = Permit.objects.select_for_update(of=("self",)).select_related("window").get(pk=permit.pk)
    if not rollover_offered(permit, at=at):
        raise PermitRefused(_("Only a paid monthly permit that has not ended can renew itself."), code="not-monthly")
    if permit.renewals.filter(state__in=Permit.UNRELEASED).exists():
        raise PermitRefused(
            _("You renewed this permit already. Turn Permit Rollover on for the permit that follows it."),
            code="renewed",
        )
    kept = StoredCard.objects.for_user(permit.holder_id).kept()
    if not (kept.filter(pk=card.pk) if card else kept).exists():
        raise PermitRefused(_("Store a card first: Manage Credit Cards → Add Payment Method."), code="no-card")
    if permit.rollover and permit.rollover_card_id == (card.pk if card else None):
        return permit
    permit.rollover, permit.rollover_card = True, card
    window = window_of(permit)
    permit.anchor_day = permit.anchor_day or anchor_of(window.valid_from, window.valid_before)
    permit.save(update_fields=["rollover", "rollover_card", "anchor_day"])
    note(permit, "rollover on", at=at, by=by)
    return permit


@transaction.atomic
def turn_rollover_off(permit: Permit, *, by: User, at: datetime | None = None) -> Permit:
    """No further month. One that is owed and not paid is not owed any more; one that is being paid is waited for."""
    at = at or timezone.now()
    owed = PermitTerm.objects.filter(permit=permit, state=PermitTerm.State.DUE).values_list("charge", flat=True)
    charges = lock_charges(owed)
    permit = Permit.objects.select_for_update(of=("self",)).get(pk=permit.pk)
    term = permit.terms.select_for_update(of=("self",)).filter(state=PermitTerm.State.DUE).first()
    if term is not None:
        if term.charge_id not in charges or is_being_paid(term.charge_id):
            raise PermitRefused(
                _("Its next month is being paid just now. Wait a few minutes, then look again."), code="busy"
            )
        if charges[term.charge_id].state == Charge.State.OPEN:
            void_charge(charges[term.charge_id], by=by, at=at, reason="rollover turned off")
        change_state(term, "cancel", by=by, at=at, next_try_at=None)
        permit.valid_before = term.starts_on
    if permit.rollover:
        permit.rollover, permit.rollover_card = False, None
        note(permit, "rollover off", at=at, by=by)
    permit.save(update_fields=["rollover", "rollover_card", "valid_before"])
    return permit


def rolling_over(*, at: datetime) -> QuerySet[Permit]:
    """Permits that renew themselves and have not ended, with what a renewal looks at."""
    prices = Prefetch("window__prices", WindowPrice.objects.all())
    rolling = Permit.objects.rolling_on(today(at))
    return rolling.select_related("holder", "lot", "permit_type__lot", "window", "charge").prefetch_related(
        prices, "permit_type__steps"
    )


def announce_prices(*, at: datetime | None = None, limit: int = 1000) -> int:
    """Tell holders of a price that differs from the last one, the office's days before; answers how many were written."""
    at = at or timezone.now()
    if not office().stored_cards:
        return 0
    day = today(at)
    ahead = timedelta(days=office().rollover_days_before + office().rollover_price_days)
    due = rolling_over(at=at).filter(valid_before__lte=day + ahead).exclude(terms__state=PermitTerm.State.DUE)
    paid = Prefetch("terms", PermitTerm.objects.filter(state=PermitTerm.State.PAID).select_related("charge"))
    taxes, written = taxes_for(KIND, payer=None, at=at), 0
    for permit in due.prefetch_related(paid).order_by("valid_before", "pk")[:limit]:
        terms, on = list(permit.terms.all()), max(charge_day(permit), day)
        before = (terms[0].charge if terms else permit.charge).amount
        price = to_pay(permit, on, taxes)
        if price is not None and price != before:  # only now is it worth asking what this person is exempt from
            price = to_pay(permit, on, taxes_for(KIND, payer=permit.holder_id, at=at))
        if price is not None and price != before:
            written += emails.send_rollover_price(permit, price=price, before=before, day=on)
    return written


def due_terms(*, at: datetime | None = None, limit: int = 500) -> list[int]:
    """Keys of owed months whose next try is due."""
    at = at or timezone.now()
    if not office().stored_cards:
        return []
    due = PermitTerm.objects.filter(state=PermitTerm.State.DUE, next_try_at__lte=at, lapses_at__gt=at)
    return list(due.order_by("next_try_at").values_list("pk", flat=True)[:limit])


def lapse_terms(*, at: datetime | None = None, limit: int = 500) -> int:
    """End the permits whose grace is over. Answers how many."""
    at = at or timezone.now()
    over = PermitTerm.objects.filter(state=PermitTerm.State.DUE, lapses_at__lte=at).order_by("lapses_at")
    return sum(lapse_term(pk, at=at) for pk in over.values_list("pk", flat=True)[:limit])
