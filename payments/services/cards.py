"""Store cards at the provider, choose among them, and have them forgotten. No network call is made inside a transaction."""

import logging
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.acting import current_actor
from opscom.lib.dates import today
from opscom.lib.office import office
from opscom.lib.states import change_state
from opscom.lib.work import hint
from payments.errors import PaymentRefused, ProviderUnreachable
from payments.models import CardPurpose, CardSetup, Checkout, StoredCard
from payments.payables import may_use_stored_card
from payments.providers import current_provider, provider_named
from payments.providers.base import Card, HostedPage, Offers, Result, Setup

logger = logging.getLogger(__name__)
QUIET = timedelta(minutes=2)
GIVE_UP_AFTER = timedelta(hours=24)


def cards_offered() -> bool:
    """Whether this office lets people store cards, and its provider can keep them."""
    return office().stored_cards and Offers.STORED_CARDS in current_provider().offers


def purposes_offered() -> list[CardPurpose]:
    """The types of payment subscription that a person may choose (CARD-4)."""
    return list(CardPurpose) if office().stored_cards_for_parking else [CardPurpose.SUBSCRIPTION]


def may_pay_parking(card: StoredCard, *, day: date) -> bool:
    """Whether a kept card may pay temporary parking on that day: its holder stored it for that, and the office lets it
    (CARD-4)."""
    wanted = office().stored_cards and office().stored_cards_for_parking and card.purpose == CardPurpose.PARKING
    return wanted and card.expires_before > day


def card_for(checkout: Checkout, *, at: datetime | None = None) -> StoredCard | None:
    """The payer's primary card, where it may pay everything in this checkout: temporary parking of their own. Nobody who
    acts for them spends it."""
    if checkout.user_id is None or checkout.company_id or not office().stored_cards_for_parking or current_actor():
        return None
    card = StoredCard.objects.for_user(checkout.user_id).kept().filter(primary=True).first()
    if card is None or not may_pay_parking(card, day=today(at)):
        return None
    return card if may_use_stored_card([line.charge for line in checkout.lines.select_related("charge")]) else None


def start_setup(user: User, *, purpose: str, language: str, at: datetime | None = None) -> HostedPage:
    """Open the provider's page that takes a card. A second click is answered with the same page. PaymentRefused,
    ProviderUnreachable."""
    if purpose not in purposes_offered():
        raise PaymentRefused(_("Choose one of the types of payment subscription shown."), code="purpose")
    setup = _open_setup(user, purpose=purpose, language=language, at=at or timezone.now())
    page = provider_named(setup.provider).start_setup(describe_setup(setup))
    CardSetup.objects.filter(pk=setup.pk).update(provider_ref=page.provider_ref, expires_at=page.expires_at)
    return page


@transaction.atomic
def _open_setup(user: User, *, purpose: str, language: str, at: datetime) -> CardSetup:
    """The attempt under way, or a new one. The person's row is locked, so that two clicks find the same one."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    under_way = CardSetup.objects.select_for_update().filter(user=user, purpose=purpose, state=CardSetup.State.OPEN)
    provider = current_provider()
    for setup in under_way:
        if setup.provider == provider.name and setup.expires_at > at + timedelta(minutes=1):
            return setup
        change_state(setup, "expire", at=at, reason="a newer attempt was started")
    known = StoredCard.objects.for_user(user).filter(provider=provider.name).exclude(customer_ref="")
    return CardSetup.objects.create(
        user=user,
        provider=provider.name,
        customer_ref=known.values_list("customer_ref", flat=True).first() or "",
        purpose=purpose,
        language=language,
        created_at=at,
        expires_at=at + timedelta(minutes=provider.page_minutes),
    )


def describe_setup(setup: CardSetup) -> Setup:
    """What the provider needs to know of an attempt to store a card."""
    address = settings.BASE_URL + reverse("payments:card_return", args=[setup.code])
    return Setup(
        reference=setup.code,
        customer_ref=setup.customer_ref,
        name=setup.user.get_full_name(),
        email=setup.user.email,
        language=setup.language,
        success_url=address,
        cancel_url=f"{address}?cancelled=1",
        expires_at=setup.expires_at,
        provider_ref=setup.provider_ref,
    )


def describe_card(card: StoredCard) -> Card:
    """What the provider needs to know to charge or forget a card."""
    return Card(
        token=card.token,
        customer_ref=card.customer_ref,
        brand=card.brand,
        last4=card.last4,
        exp_month=card.exp_month,
        exp_year=card.exp_year,
        series_ref=card.series_ref,
    )


def resolve_setup(setup: CardSetup, *, at: datetime | None = None) -> CardSetup:
    """Ask the provider how it ended and write that down. Return page, webhook and sweep all call this."""
    if setup.state == CardSetup.State.STORED:
        return setup
    provider = provider_named(setup.provider)
    if not setup.provider_ref:  # we died before we could note the page: the same key answers the same page
        page = provider.start_setup(describe_setup(setup))
        CardSetup.objects.filter(pk=setup.pk).update(provider_ref=page.provider_ref)
        setup.provider_ref = page.provider_ref
    outcome = provider.resolve_setup(describe_setup(setup))
    if (outcome.reference, outcome.provider_ref) != (setup.code, setup.provider_ref):
        logger.error("card setup %s: the provider answers about another one", setup.code)
        return setup
    if outcome.result is Result.APPROVED and outcome.card is not None:
        return _keep_card(setup, outcome.card, at=at or timezone.now())
    transition_name = CardSetup.RESULTS.get(outcome.result.value)
    return _end_setup(setup, transition_name, reason=outcome.message) if transition_name else setup


def close_setup(setup: CardSetup, *, at: datetime | None = None) -> CardSetup:
    """The person turned back. The next attempt opens a page of its own: not every provider shows one twice. A card that is
    stored on the old one all the same is kept."""
    setup = resolve_setup(setup, at=at)
    return _end_setup(setup, "expire", reason="turned back") if setup.state == CardSetup.State.OPEN else setup


@transaction.atomic
def _end_setup(setup: CardSetup, transition_name: str, *, reason: str) -> CardSetup:
    setup = CardSetup.objects.select_for_update(of=("self",)).select_related("user").get(pk=setup.pk)
    if setup.state == CardSetup.State.OPEN:
        change_state(setup, transition_name, reason=reason[:250])
    return setup


@transaction.atomic
def _keep_card(setup: CardSetup, kept: Card, *, at: datetime) -> CardSetup:
    """Write the card down, once however often the provider tells of it. The first one is the primary one."""
    User.objects.select_for_update(no_key=True).get(pk=setup.user_id)
    setup = CardSetup.objects.select_for_update(of=("self",)).select_related("user").get(pk=setup.pk)
    if setup.state == CardSetup.State.STORED:
        return setup
    card = StoredCard.objects.select_for_update().filter(provider=setup.provider, token=kept.token).first()
    if card is not None and card.user_id != setup.user_id:
        logger.error("card setup %s: the card is somebody else's", setup.code)
        return setup
    card = card or StoredCard(user=setup.user, provider=setup.provider, token=kept.token, stored_at=at)
    fields: dict[str, Any] = _looks(kept) | {
        "customer_ref": kept.customer_ref,
        "series_ref": kept.series_ref,
        "purpose": setup.purpose,
    }
    fields["primary"] = not StoredCard.objects.for_user(setup.user).filter(primary=True).exclude(pk=card.pk).exists()
    if card.pk is not None and card.state != StoredCard.State.STORED:
        change_state(card, "store_again", by=setup.user, at=at, **fields)
    else:
        new = card.pk is None
        for name, value in fields.items():
            setattr(card, name, value)
        card.save()
        if new:
            card.events.create(at=at, by=setup.user, to_state=card.state)
    change_state(setup, "store", by=setup.user, at=at, card=card)
    return setup


def _looks(kept: Card) -> dict[str, Any]:
    return {
        "brand": (kept.brand[:1].upper() + kept.brand[1:])[:20],
        "last4": kept.last4[-4:],
        "exp_month": kept.exp_month,
        "exp_year": kept.exp_year,
    }


@transaction.atomic
def make_primary(card: StoredCard) -> StoredCard:
    """Charge this one from now on. PaymentRefused where it is being removed."""
    card = _locked(card)
    if card.state != StoredCard.State.STORED:
        raise PaymentRefused(_("This card is being removed. Choose another one."), code="removed")
    StoredCard.objects.filter(user=card.user_id, primary=True).exclude(pk=card.pk).update(primary=False)
    card.primary = True
    card.save(update_fields=["primary"])
    return card


def remove_card(card: StoredCard, *, by: User | None = None) -> StoredCard:
    """Never charge it again, from this moment, and have the provider forget it. Where the provider does not answer, the
    sweep asks it later."""
    from payments.tasks import forget_card

    with transaction.atomic():
        card = _locked(card)
        if card.state != StoredCard.State.STORED:
            return card
        _let_go(card, "discard", by=by)
        hint(forget_card, card_id=card.pk)
    return card


def _let_go(card: StoredCard, transition_name: str, *, by: User | None, reason: str = "") -> None:
    """Take the locked card out of use; the newest of the others becomes the primary one."""
    was_primary = card.primary
    change_state(card, transition_name, by=by, reason=reason, primary=False)
    next_one = StoredCard.objects.for_user(card.user_id).kept().first() if was_primary else None
    if next_one:
        next_one.primary = True
        next_one.save(update_fields=["primary"])


def forget_at_provider(card: StoredCard) -> StoredCard:
    """Tell the provider of a card that is being removed."""
    if card.state != StoredCard.State.REMOVING:
        return card
    try:
        provider_named(card.provider).remove_card(describe_card(card))
    except ProviderUnreachable as error:
        logger.warning("stored card %s: %s", card.code, error)
        return card
    with transaction.atomic():
        card = _locked(card)
        if card.state == StoredCard.State.REMOVING:
            change_state(card, "forget")
    return card


def refresh_card(card: StoredCard) -> StoredCard:
    """Something happened to it at the provider: ask, and write down its new date, or that it is gone. ProviderUnreachable."""
    kept = provider_named(card.provider).read_card(describe_card(card))
    with transaction.atomic():
        card = _locked(card)
        if kept is not None:
            for name, value in _looks(kept).items():
                setattr(card, name, value)
            card.save(update_fields=["brand", "last4", "exp_month", "exp_year"])
        elif card.state == StoredCard.State.STORED:
            _let_go(card, "forget", by=None, reason="removed at the provider")
    return card


def _locked(card: StoredCard) -> StoredCard:
    """The card, after its owner's row: two changes of one person's cards wait for each other."""
    User.objects.select_for_update(no_key=True).get(pk=card.user_id)
    return StoredCard.objects.select_for_update(of=("self",)).select_related("user").get(pk=card.pk)


def open_setups(*, at: datetime | None = None, limit: int = 200) -> Iterable[int]:
    """Keys of attempts whose end we have not heard of for a while."""
    quiet = CardSetup.objects.filter(state=CardSetup.State.OPEN, created_at__lte=(at or timezone.now()) - QUIET)
    return list(quiet.order_by("created_at").values_list("pk", flat=True)[:limit])


def sweep_setup(setup: CardSetup, *, at: datetime | None = None) -> CardSetup:
    """Bring one attempt to an end: ask, and give up what the provider does not know after a day."""
    at = at or timezone.now()
    try:
        setup = resolve_setup(setup, at=at)
    except ProviderUnreachable as error:
        logger.warning("card setup %s: %s", setup.code, error)
    if setup.state == CardSetup.State.OPEN and at - setup.created_at > GIVE_UP_AFTER:
        return _end_setup(setup, "expire", reason="nobody finished it")
    return setup
