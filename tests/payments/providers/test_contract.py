"""What every card provider must do, asked of each one and of its other side (worlds.py)."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import override_settings

from opscom.lib.codes import random_code
from payments.errors import BadSignature, ProviderUnreachable
from payments.providers.base import (
    Attempt,
    Card,
    Decline,
    Line,
    Notice,
    Offers,
    Outcome,
    RefundOrder,
    RefundOutcome,
    RefundResult,
    Result,
    Setup,
    StoredPayment,
)
from tests.payments.providers.worlds import World, over

REFUNDS, CARDS = Offers.REFUNDS, Offers.STORED_CARDS
RUBBISH = ["html", "empty", "half", "error", "timeout"]


@pytest.fixture
def attempt() -> Attempt:
    """$94.50 in two lines."""
    return Attempt(
        reference=random_code(20),
        amount=Decimal("94.50"),
        currency="CAD",
        lines=(Line("Ticket TT-10133", Decimal("30.00")), Line("Permit Y-20418, Zone <jaune> é", Decimal("64.50"))),
        email="payer@example.test",
        language="fr",
        success_url="http://127.0.0.1:8000/payments/return/X/",
        cancel_url="http://127.0.0.1:8000/payments/return/X/?cancelled=1",
        expires_at=datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=31),
    )


@contextmanager
def broken(world: World, kind: str, *, moving: bool) -> Iterator[None]:
    """The one call inside gets an answer that is none, and little patience."""
    world.break_answer(kind, moving=moving)
    with override_settings(CARD_PROVIDER_TIMEOUT=0.4 if kind == "timeout" else 15.0):
        yield


def started(world: World, attempt: Attempt) -> Attempt:
    """The attempt with its page opened."""
    return replace(attempt, provider_ref=world.provider.start(attempt).provider_ref)


def paid(world: World, attempt: Attempt) -> tuple[Attempt, Outcome]:
    """The attempt, paid, and what the provider says of it."""
    attempt = started(world, attempt)
    world.pay(attempt)
    return attempt, world.provider.resolve(attempt)


def refund_of(attempt: Attempt, outcome: Outcome, amount: str) -> RefundOrder:
    """An order to give that much back."""
    return RefundOrder(
        reference=random_code(20),
        amount=Decimal(amount),
        currency="CAD",
        payment=attempt,
        charge_ref=outcome.charge_ref,
        paid_at=datetime.now(UTC),
    )


def a_setup() -> Setup:
    """A card to be stored."""
    return Setup(
        reference=random_code(20),
        customer_ref="",
        name="Ana Pérez",
        email="payer@example.test",
        language="es",
        success_url="http://127.0.0.1:8000/cards/return/X/",
        cancel_url="http://127.0.0.1:8000/cards/",
        expires_at=datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=31),
    )


def stored(world: World, kind: str = "pays") -> Card:
    """A card of that kind at the provider."""
    setup = a_setup()
    setup = replace(setup, provider_ref=world.provider.start_setup(setup).provider_ref)
    world.store(setup.provider_ref, kind)
    card = world.provider.resolve_setup(setup).card
    assert card is not None
    return card


def charge_of(card: Card, *, unattended: bool = True) -> StoredPayment:
    """$64.50 from the stored card, a while ago, so that nothing of it is still on its way."""
    return StoredPayment(
        reference=random_code(20),
        amount=Decimal("64.50"),
        currency="CAD",
        card=card,
        description="Permit Y-20418",
        unattended=unattended,
        started_at=datetime.now(UTC) - timedelta(minutes=10),
    )


@over()
def test_page_has_an_address_a_reference_and_an_end(world: World, attempt: Attempt) -> None:
    page = world.provider.start(attempt)
    assert page.url.startswith("http://127.0.0.1:")
    assert (attempt.reference if world.page_is_ours else page.provider_ref) in page.url
    assert page.expires_at == attempt.expires_at


@over()
def test_same_reference_opens_the_same_page(world: World, attempt: Attempt) -> None:
    assert world.provider.start(attempt) == world.provider.start(attempt)


@over()
def test_open_page_is_open_with_our_own_figures(world: World, attempt: Attempt) -> None:
    attempt = started(world, attempt)
    assert world.provider.resolve(attempt) == Outcome(
        Result.OPEN, attempt.provider_ref, attempt.reference, Decimal("94.50"), "CAD"
    )


@over()
def test_paid_page_is_approved_however_often_it_is_asked(world: World, attempt: Attempt) -> None:
    attempt, outcome = paid(world, attempt)
    assert outcome.charge_ref
    assert outcome == Outcome(
        Result.APPROVED,
        attempt.provider_ref,
        attempt.reference,
        Decimal("94.50"),
        "CAD",
        charge_ref=outcome.charge_ref,
    )
    late = replace(attempt, expires_at=datetime.now(UTC) - timedelta(hours=1))
    assert [world.provider.resolve(attempt), world.provider.resolve(late)] == [outcome, outcome]
    assert world.times_paid(attempt.reference) == 1


@over()
def test_declined_card_pays_nothing(world: World, attempt: Attempt) -> None:
    attempt = started(world, attempt)
    world.decline(attempt)
    assert (world.provider.resolve(attempt).result, world.times_paid(attempt.reference)) == (world.after_decline, 0)


@over()
def test_currency_is_the_provider_s_word_and_not_ours(world: World, attempt: Attempt) -> None:
    attempt, outcome = paid(world, attempt)
    asked = replace(attempt, currency="USD", amount=Decimal("1.00"))
    assert world.provider.resolve(asked) == outcome


@over(Offers.CLOSING)
def test_closed_page_is_expired_and_closing_again_is_harmless(world: World, attempt: Attempt) -> None:
    attempt = started(world, attempt)
    world.provider.expire(attempt)
    world.provider.expire(attempt)
    assert world.provider.resolve(attempt).result is Result.EXPIRED


@over()
def test_paid_page_cannot_be_closed(world: World, attempt: Attempt) -> None:
    attempt, outcome = paid(world, attempt)
    world.provider.expire(attempt)
    assert world.provider.resolve(attempt) == outcome


@over()
def test_page_that_was_given_up_is_over_unless_it_was_paid_late(world: World, attempt: Attempt) -> None:
    attempt = started(world, attempt)
    world.provider.expire(attempt)
    assert world.provider.resolve(attempt).result is Result.EXPIRED
    closed = Offers.CLOSING in world.provider.offers
    if not closed:
        world.pay(attempt)
    late = world.provider.resolve(attempt).result
    assert (late, world.times_paid(attempt.reference)) == ((Result.EXPIRED, 0) if closed else (Result.APPROVED, 1))


@over(Offers.CLOSING)
def test_unknown_session_concludes_nothing(world: World, attempt: Attempt) -> None:
    with pytest.raises(ProviderUnreachable):
        world.provider.resolve(replace(attempt, provider_ref="cs_test_unknown"))


@over(wire=True)
@pytest.mark.parametrize("kind", RUBBISH)
def test_rubbish_for_an_answer_concludes_nothing(world: World, attempt: Attempt, kind: str) -> None:
    attempt, outcome = paid(world, attempt)
    with broken(world, kind, moving=False), pytest.raises(ProviderUnreachable):
        world.provider.resolve(attempt)
    assert world.provider.resolve(attempt) == outcome


@over(REFUNDS)
def test_refund_in_parts_up_to_what_was_paid(world: World, attempt: Attempt) -> None:
    attempt, outcome = paid(world, attempt)
    first, rest = refund_of(attempt, outcome, "20.00"), refund_of(attempt, outcome, "74.50")
    given = world.provider.refund(first)
    assert given == RefundOutcome(RefundResult.DONE, given.refund_ref, Decimal("20.00"), "CAD")
    too_much = world.provider.refund(refund_of(attempt, outcome, "74.51"))
    assert (too_much.result, bool(too_much.message)) == (RefundResult.FAILED, True)
    assert world.provider.refund(rest).result is RefundResult.DONE
    assert world.given_back(attempt.reference) == ["20.00", "74.50"]
    assert world.provider.refund(refund_of(attempt, outcome, "0.01")).result is RefundResult.FAILED
    assert world.given_back(attempt.reference) == ["20.00", "74.50"]


@over(REFUNDS)
def test_whole_payment_can_be_given_back_at_once(world: World, attempt: Attempt) -> None:
    attempt, outcome = paid(world, attempt)
    assert world.provider.refund(refund_of(attempt, outcome, "94.50")).result is RefundResult.DONE
    assert world.given_back(attempt.reference) == ["94.50"]


@over(REFUNDS)
def test_one_reference_is_refunded_once_and_found_again(world: World, attempt: Attempt) -> None:
    attempt, outcome = paid(world, attempt)
    order = refund_of(attempt, outcome, "20.00")
    assert world.provider.resolve_refund(order).result is RefundResult.UNKNOWN
    given = world.provider.refund(order)
    named = replace(order, refund_ref=given.refund_ref)
    assert [
        world.provider.refund(order),
        world.provider.resolve_refund(order),
        world.provider.resolve_refund(named),
    ] == [given, given, given]
    assert world.given_back(attempt.reference) == ["20.00"]


@over(REFUNDS, wire=True)
@pytest.mark.parametrize("kind", RUBBISH)
def test_refund_whose_answer_was_lost_is_given_once(world: World, attempt: Attempt, kind: str) -> None:
    attempt, outcome = paid(world, attempt)
    order = refund_of(attempt, outcome, "20.00")
    with broken(world, kind, moving=True), suppress(ProviderUnreachable):
        world.provider.refund(order)
    world.provider.refund(order)
    assert world.provider.resolve_refund(order).result is RefundResult.DONE
    assert world.given_back(attempt.reference) == ["20.00"]


@over(REFUNDS, Offers.LATE_FAILURES)
def test_refund_may_fail_afterwards_and_can_be_made_again(world: World, attempt: Attempt) -> None:
    attempt, outcome = paid(world, attempt)
    order = refund_of(attempt, outcome, "94.50")
    given = world.provider.refund(order)
    world.fail_refund(given.refund_ref)
    assert world.provider.resolve_refund(order).result is RefundResult.FAILED
    assert world.given_back(attempt.reference) == []
    assert world.provider.refund(refund_of(attempt, outcome, "94.50")).result is RefundResult.DONE
    assert world.given_back(attempt.reference) == ["94.50"]


@over(CARDS)
def test_card_is_stored_on_the_provider_s_page(world: World) -> None:
    setup = a_setup()
    page = world.provider.start_setup(setup)
    assert world.provider.start_setup(setup) == page
    setup = replace(setup, provider_ref=page.provider_ref)
    assert world.provider.resolve_setup(setup).result is Result.OPEN
    world.store(setup.provider_ref, "pays")
    found = world.provider.resolve_setup(setup)
    card = found.card
    assert card is not None
    assert (found.result, found.provider_ref, found.reference) == (Result.APPROVED, page.provider_ref, setup.reference)
    assert (card.brand, len(card.last4), bool(card.token), bool(card.customer_ref)) == ("visa", 4, True, True)
    assert datetime(card.exp_year, card.exp_month, 28, tzinfo=UTC) > datetime.now(UTC) - timedelta(days=31)
    assert [world.provider.resolve_setup(setup), world.provider.read_card(card)] == [found, card]


@over(CARDS)
def test_second_card_goes_to_the_same_customer(world: World) -> None:
    card = stored(world)
    setup = replace(a_setup(), customer_ref=card.customer_ref)
    setup = replace(setup, provider_ref=world.provider.start_setup(setup).provider_ref)
    world.store(setup.provider_ref, "pays")
    second = world.provider.resolve_setup(setup).card
    assert second is not None
    assert (second.customer_ref, second.token == card.token) == (card.customer_ref, False)


@over(CARDS)
@pytest.mark.parametrize("unattended", [True, False])
def test_stored_card_is_charged_once_a_reference(world: World, unattended: bool) -> None:
    payment = charge_of(stored(world), unattended=unattended)
    assert world.provider.resolve_stored(payment).result is Result.EXPIRED
    outcome = world.provider.charge_stored(payment)
    assert (outcome.result, outcome.reference, outcome.amount, outcome.currency, outcome.decline) == (
        Result.APPROVED,
        payment.reference,
        Decimal("64.50"),
        "CAD",
        None,
    )
    named = replace(payment, provider_ref=outcome.provider_ref)
    assert [
        world.provider.charge_stored(payment),
        world.provider.resolve_stored(payment),
        world.provider.resolve_stored(named),
    ] == [outcome, outcome, outcome]
    assert world.times_paid(payment.reference) == 1


@over(CARDS)
@pytest.mark.parametrize(
    ("kind", "decline"), [("short", Decline.SOFT), ("lost", Decline.HARD), ("secure", Decline.AUTHENTICATE)]
)
def test_refusal_says_whether_another_try_may_help(world: World, kind: str, decline: Decline) -> None:
    payment = charge_of(stored(world, kind))
    outcome = world.provider.charge_stored(payment)
    assert (outcome.result, outcome.decline, bool(outcome.message)) == (Result.DECLINED, decline, True)
    assert world.provider.resolve_stored(payment).result is Result.DECLINED
    assert world.times_paid(payment.reference) == 0


@over(CARDS, wire=True)
@pytest.mark.parametrize("kind", RUBBISH)
def test_charge_whose_answer_was_lost_is_collected_once(world: World, kind: str) -> None:
    payment = charge_of(stored(world))
    with broken(world, kind, moving=True), suppress(ProviderUnreachable):
        world.provider.charge_stored(payment)
    assert world.provider.resolve_stored(payment).result is Result.APPROVED
    assert world.provider.charge_stored(payment).result is Result.APPROVED
    assert world.times_paid(payment.reference) == 1


@over(CARDS)
def test_removed_card_is_gone_and_removing_it_again_is_harmless(world: World) -> None:
    card = stored(world)
    world.provider.remove_card(card)
    world.provider.remove_card(card)
    assert world.provider.read_card(card) is None
    payment = charge_of(card)
    outcome = world.provider.charge_stored(payment)
    assert (outcome.result, outcome.decline) == (Result.DECLINED, Decline.HARD)
    assert world.times_paid(payment.reference) == 0


@over(CARDS, REFUNDS)
def test_charge_of_a_stored_card_can_be_given_back(world: World, attempt: Attempt) -> None:
    payment = charge_of(stored(world))
    outcome = world.provider.charge_stored(payment)
    attempt = replace(attempt, reference=payment.reference, provider_ref=outcome.provider_ref, amount=payment.amount)
    order = refund_of(attempt, outcome, "4.50")
    assert world.provider.refund(order).result is RefundResult.DONE
    assert world.provider.refund(refund_of(attempt, outcome, "60.01")).result is RefundResult.FAILED


@over(Offers.MOVEMENTS)
def test_movements_of_a_day_are_what_came_in_and_went_back(world: World, attempt: Attempt) -> None:
    before = datetime.now(UTC) - timedelta(minutes=5)
    attempt, outcome = paid(world, attempt)
    order = refund_of(attempt, outcome, "20.00")
    given = world.provider.refund(order)
    moved = world.provider.movements(before, datetime.now(UTC) + timedelta(minutes=5))
    assert sorted((move.amount, move.currency, move.provider_ref, move.reference) for move in moved) == [
        (Decimal("-20.00"), "CAD", given.refund_ref, order.reference),
        (Decimal("94.50"), "CAD", outcome.charge_ref, attempt.reference),
    ]
    assert world.provider.movements(before - timedelta(days=1), before) == []


@over(Offers.WEBHOOKS)
def test_genuine_webhook_names_its_payment(world: World) -> None:
    assert world.provider.read_webhook(*world.webhook("ref_1", "OURS1")) == Notice(
        "evt_1", world.webhook_kind, "ref_1", "OURS1"
    )


@over(Offers.WEBHOOKS)
@pytest.mark.parametrize("change", ["body", "header", "missing"])
def test_forged_webhook_is_refused(world: World, change: str) -> None:
    body, headers = world.webhook("ref_1", "OURS1")
    [name] = headers
    forged = {
        "body": (body.replace(b"OURS1", b"OURS2"), headers),
        "header": (body, {name: headers[name][:-2] + "00"}),
        "missing": (body, {}),
    }
    with pytest.raises(BadSignature):
        world.provider.read_webhook(*forged[change])


@over(Offers.WEBHOOKS)
def test_old_webhook_is_refused(world: World) -> None:
    with pytest.raises(BadSignature):
        world.provider.read_webhook(*world.webhook("ref_1", "OURS1", at=time.time() - 301))
