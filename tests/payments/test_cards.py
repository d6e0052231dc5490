"""Stored cards: at the provider only (CARD-1 to CARD-4)."""

import logging
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Mail, User
from payments.errors import PaymentRefused, ProviderUnreachable
from payments.models import CardSetup, ProviderEvent, StoredCard
from payments.providers.base import Card, Result
from payments.services import cards
from payments.services.card_expiry import warn_of_expiry
from payments.services.events import process_stored_event
from payments.tasks import sweep_cards
from tests.factories import change_office, make_card_setup, make_stored_card, make_user
from tests.payments.vault import VISA, Machine

pytestmark = pytest.mark.django_db
MASTERCARD = Card("tok_mc", "cus_1", "Mastercard", "4444", 2, 2030, "series_2")


def begin(user: User, purpose: str = "subscription") -> CardSetup:
    """The person is at the provider's page."""
    cards.start_setup(user, purpose=purpose, language="en")
    return CardSetup.objects.get(user=user, purpose=purpose, state="open")


def store(user: User, vault: Machine, card: Card = VISA, purpose: str = "subscription") -> StoredCard:
    """The person stores that card."""
    setup = begin(user, purpose)
    vault.finish(setup.code, card)
    stored = cards.resolve_setup(setup).card
    assert stored is not None
    return stored


def test_card_is_stored_as_the_provider_describes_it(resident: User, vault: Machine) -> None:
    card = store(resident, vault)
    assert (card.user, card.provider, card.token, card.customer_ref, card.series_ref) == (
        resident, "vault", "tok_visa", "cus_1", "series_1"
    )  # fmt: skip
    assert (str(card), card.expiry, card.primary, card.state, card.purpose) == (
        "Visa •••• 4242", "12/31", True, "stored", "subscription"
    )  # fmt: skip
    assert [event.to_state for event in card.events.all()] == ["stored"]


def test_told_twice_it_is_stored_once(resident: User, vault: Machine) -> None:
    setup = begin(resident)
    vault.finish(setup.code)
    assert cards.resolve_setup(setup).card == cards.resolve_setup(CardSetup.objects.get()).card
    assert (StoredCard.objects.count(), vault.asked.count("resolve_setup")) == (1, 1)


def test_stale_copy_of_the_attempt_stores_it_once(resident: User, vault: Machine) -> None:
    setup = begin(resident)
    stale = CardSetup.objects.get(pk=setup.pk)
    vault.finish(setup.code)
    cards.resolve_setup(setup)
    assert cards.resolve_setup(stale).state == "stored"
    assert (StoredCard.objects.count(), setup.events.count()) == (1, 1)


def test_second_click_opens_the_same_page(resident: User, vault: Machine) -> None:
    first = cards.start_setup(resident, purpose="subscription", language="en")
    assert cards.start_setup(resident, purpose="subscription", language="en") == first
    assert CardSetup.objects.count() == 1


def test_page_that_has_closed_is_followed_by_a_new_one(resident: User, vault: Machine) -> None:
    old = begin(resident)
    later = timezone.now() + timedelta(minutes=40)
    cards.start_setup(resident, purpose="subscription", language="en", at=later)
    old.refresh_from_db()
    assert (old.state, CardSetup.objects.filter(state="open").count()) == ("expired", 1)


def test_second_card_is_the_same_customer_and_not_primary(resident: User, vault: Machine) -> None:
    first = store(resident, vault)
    setup = begin(resident)
    assert cards.describe_setup(setup).customer_ref == "cus_1"
    vault.finish(setup.code, MASTERCARD)
    cards.resolve_setup(setup)
    assert [(c.last4, c.primary) for c in StoredCard.objects.for_user(resident).kept()] == [
        ("4242", True),
        ("4444", False),
    ]
    cards.make_primary(StoredCard.objects.get(last4="4444"))
    first.refresh_from_db()
    assert (first.primary, StoredCard.objects.get(last4="4444").primary) == (False, True)


@pytest.mark.parametrize(
    ("result", "state"),
    [(Result.DECLINED, "failed"), (Result.CANCELLED, "expired"), (Result.EXPIRED, "expired"), (Result.OPEN, "open")],
)
def test_page_that_ends_otherwise_stores_nothing(resident: User, vault: Machine, result: Result, state: str) -> None:
    setup = begin(resident)
    vault.end(setup.code, result)
    assert (cards.resolve_setup(setup).state, StoredCard.objects.count()) == (state, 0)


def test_card_that_comes_late_is_stored_all_the_same(resident: User, vault: Machine) -> None:
    setup = begin(resident)
    vault.end(setup.code, Result.EXPIRED)
    setup = cards.resolve_setup(setup)
    vault.finish(setup.code)
    assert (cards.resolve_setup(setup).state, StoredCard.objects.count()) == ("stored", 1)


@pytest.mark.parametrize("about", [{"reference": "ANOTHER"}, {"provider_ref": "another"}])
def test_answer_about_another_attempt_stores_nothing(resident: User, vault: Machine, about: dict[str, str]) -> None:
    setup = begin(resident)
    vault.finish(setup.code)
    vault.setups[setup.code] = replace(vault.setups[setup.code], **about)  # type: ignore[arg-type]
    assert (cards.resolve_setup(setup).state, StoredCard.objects.count()) == ("open", 0)


def test_somebody_elses_card_stays_theirs(resident: User, vault: Machine) -> None:
    theirs = store(make_user(), vault)
    setup = begin(resident)
    vault.finish(setup.code)
    assert cards.resolve_setup(setup).state == "open"
    assert StoredCard.objects.get().user == theirs.user


def test_killed_before_the_page_was_noted_finds_the_same_page(resident: User, vault: Machine) -> None:
    setup = begin(resident)
    vault.finish(setup.code)
    CardSetup.objects.update(provider_ref="")
    assert cards.resolve_setup(CardSetup.objects.get()).state == "stored"


def test_parking_is_offered_only_where_the_office_allows_it(resident: User, vault: Machine) -> None:
    with pytest.raises(PaymentRefused) as refused:
        cards.start_setup(resident, purpose="parking", language="en")
    assert refused.value.code == "purpose"
    change_office(stored_cards_for_parking=True)
    assert store(resident, vault, purpose="parking").purpose == "parking"


def test_removed_card_is_forgotten_at_the_provider(resident: User, vault: Machine) -> None:
    card = store(resident, vault)
    second = store(resident, vault, MASTERCARD)
    card = cards.remove_card(card, by=resident)
    assert (card.state, card.primary, StoredCard.objects.get(pk=second.pk).primary) == ("removing", False, True)
    assert cards.forget_at_provider(card).state == "removed"
    assert list(vault.cards) == ["tok_mc"]
    assert [(event.to_state, event.by) for event in card.events.all()] == [
        ("stored", resident), ("removing", resident), ("removed", None)
    ]  # fmt: skip


def test_provider_that_is_away_is_told_by_the_sweep(resident: User, vault: Machine, work_now: None) -> None:
    card = store(resident, vault)
    vault.silent = True
    cards.remove_card(card, by=resident)
    assert cards.forget_at_provider(StoredCard.objects.get()).state == "removing"
    vault.silent = False
    assert cards.forget_at_provider(StoredCard.objects.get()).state == "removed"
    sweep_cards()


def test_provider_is_told_outside_of_any_transaction(resident: User, vault: Machine) -> None:
    seen: list[int] = []
    card = store(resident, vault)
    depth = len(connection.savepoint_ids)

    class Watched(dict[str, Card]):
        def pop(self, *args: Any) -> Any:
            seen.append(len(connection.savepoint_ids))
            return super().pop(*args)

    vault.cards = Watched(vault.cards)
    cards.forget_at_provider(cards.remove_card(card, by=resident))
    assert seen == [depth]


def test_removed_card_can_be_stored_again(resident: User, vault: Machine) -> None:
    card = cards.forget_at_provider(cards.remove_card(store(resident, vault), by=resident))
    again = store(resident, vault)
    assert (again.pk, again.state, again.primary) == (card.pk, "stored", True)


def test_removed_card_does_not_become_primary(resident: User, vault: Machine) -> None:
    card = cards.remove_card(store(resident, vault), by=resident)
    with pytest.raises(PaymentRefused):
        cards.make_primary(card)


def event_about(token: str) -> ProviderEvent:
    return ProviderEvent.objects.create(
        provider="vault", event_id=f"evt_{token}", kind="card.changed", provider_ref=token, subject="card", body="{}"
    )


def test_new_date_at_the_provider_is_taken_over(resident: User, vault: Machine) -> None:
    card = store(resident, vault)
    vault.cards["tok_visa"] = replace(VISA, exp_month=3, exp_year=2036)
    assert process_stored_event(event_about("tok_visa")).outcome == "done"
    card.refresh_from_db()
    assert (card.expiry, card.state) == ("03/36", "stored")


def test_card_removed_at_the_provider_is_not_charged_any_more(resident: User, vault: Machine) -> None:
    card = store(resident, vault)
    second = store(resident, vault, MASTERCARD)
    del vault.cards["tok_visa"]
    assert process_stored_event(event_about("tok_visa")).outcome == "done"
    card.refresh_from_db()
    second.refresh_from_db()
    assert (card.state, card.primary, second.primary) == ("removed", False, True)
    assert card.events.last().reason == "removed at the provider"  # type: ignore[union-attr]


def test_event_about_no_card_of_ours_is_set_aside(vault: Machine) -> None:
    event = process_stored_event(event_about("tok_foreign"))
    assert (event.outcome, event.note, vault.asked) == ("quarantined", "names no card of ours", [])


def test_event_waits_while_the_provider_is_away(resident: User, vault: Machine) -> None:
    store(resident, vault)
    vault.silent = True
    event = process_stored_event(event_about("tok_visa"))
    assert (event.outcome, event.tries, StoredCard.objects.get().state) == ("received", 1, "stored")


def test_sweep_asks_about_what_nobody_told_us(resident: User, vault: Machine) -> None:
    setup = begin(resident)
    vault.finish(setup.code)
    assert cards.open_setups() == []
    at = timezone.now() + timedelta(minutes=3)
    assert cards.open_setups(at=at) == [setup.pk]
    assert cards.sweep_setup(setup, at=at).state == "stored"


def test_sweep_gives_up_after_a_day_of_silence(resident: User, vault: Machine) -> None:
    setup = begin(resident)
    vault.silent = True
    assert cards.sweep_setup(setup, at=timezone.now() + timedelta(hours=3)).state == "open"
    assert cards.sweep_setup(setup, at=timezone.now() + timedelta(hours=25)).state == "expired"


def test_silent_provider_is_said_to_be_away(resident: User, vault: Machine) -> None:
    vault.silent = True
    with pytest.raises(ProviderUnreachable):
        cards.start_setup(resident, purpose="subscription", language="en")


def noon(day: str) -> datetime:
    return timezone.make_aware(datetime.combine(date.fromisoformat(day), datetime.min.time().replace(hour=12)))


def test_expiry_is_announced_30_and_7_days_before_once_each(resident: User) -> None:
    make_stored_card(resident, exp_month=2, exp_year=2028)  # good through February 29
    counts = [
        warn_of_expiry(at=noon(day))
        for day in ("2028-01-29", "2028-01-30", "2028-01-31", "2028-02-21", "2028-02-22", "2028-02-29", "2028-03-01")
    ]
    assert counts == [0, 1, 0, 0, 1, 0, 0]
    assert Mail.objects.filter(kind="card_expires", user=resident).count() == 2


def test_job_that_was_late_writes_the_nearer_notice_only(resident: User) -> None:
    make_stored_card(resident, exp_month=12, exp_year=2027)
    assert [warn_of_expiry(at=noon("2027-12-28")), warn_of_expiry(at=noon("2027-12-29"))] == [1, 0]


def test_nobody_is_warned_of_a_removed_card_or_with_cards_off(resident: User) -> None:
    make_stored_card(resident, exp_month=12, exp_year=2027, state="removed")
    make_stored_card(make_user(), exp_month=12, exp_year=2027)
    change_office(stored_cards=False)
    assert warn_of_expiry(at=noon("2027-12-28")) == 0


def test_no_column_could_hold_a_number() -> None:
    """CARD-3: what we keep of a card's digits is four of them."""
    longest = {
        field.name: field.max_length
        for model in (StoredCard, CardSetup)
        for field in model._meta.concrete_fields
        if field.name.startswith(("number", "pan", "cvc", "cvv", "last"))
    }
    assert longest == {"last4": 4}


def test_provider_that_sends_a_whole_number_leaves_four_digits(
    resident: User, vault: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    number = "4242424242424242"
    with caplog.at_level(logging.DEBUG):
        card = store(resident, vault, replace(VISA, last4=number))
    assert card.last4 == "4242"
    rows = [*StoredCard.objects.values(), *CardSetup.objects.values(), *Mail.objects.values()]
    assert (number in caplog.text, number in str(rows)) == (False, False)


def test_open_attempt_of_a_foreign_provider_is_not_used_again(resident: User, vault: Machine) -> None:
    make_card_setup(resident, provider="sandbox")
    cards.start_setup(resident, purpose="subscription", language="en")
    assert sorted(CardSetup.objects.values_list("provider", "state")) == [("sandbox", "expired"), ("vault", "open")]
