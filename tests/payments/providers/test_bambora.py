"""What Bambora alone does: hashes, Pacific time, voids, profiles, and codes that mean that nobody knows."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from pytest_django.fixtures import Settings

from payments.errors import BadSignature, ProviderUnreachable
from payments.models import CardPage
from payments.providers import bambora, bambora_cards, bambora_wire
from payments.providers.bambora_wire import Refused, amount_of, hash_of, moment, pacific
from payments.providers.base import Attempt, Decline, Line, RefundOrder, RefundResult, Result, StoredPayment
from tests.payments.providers.test_contract import a_setup, charge_of, stored
from tests.payments.providers.worlds import BamboraWorld
from tests.peers.bambora_driver import BamboraPeer

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt() -> Attempt:
    """$30."""
    return Attempt(
        reference="ABCDEFGHJKMNPQRSTVWX",
        amount=Decimal("30.00"),
        currency="CAD",
        lines=(Line("Ticket TT-10133", Decimal("30.00")),),
        email="payer@example.test",
        language="fr",
        success_url="http://127.0.0.1:8000/payments/return/X/",
        cancel_url="http://127.0.0.1:8000/no/",
        expires_at=datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=31),
        provider_ref="ABCDEFGHJKMNPQRSTVWX",
    )


def order_of(world: BamboraWorld, attempt: Attempt, amount: str) -> RefundOrder:
    """The attempt, paid today, of which that much goes back."""
    world.pay(attempt)
    charge_ref = world.provider.resolve(attempt).charge_ref
    return RefundOrder("REFUND1", Decimal(amount), "CAD", attempt, charge_ref, datetime.now(UTC))


def answers(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """Every call that changes something is refused with that code."""
    real = bambora_wire.call

    def refuse(method: str, path: str, **options: Any) -> dict[str, Any]:
        if method != "GET":
            raise Refused(code, "refused")
        return real(method, path, **options)

    monkeypatch.setattr(bambora, "call", refuse)
    monkeypatch.setattr(bambora_cards, "call", refuse)


@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [("sha1", "468155ff50e868a98626b1a5a5de6474999b04fe"), ("md5", "0d6c7e4f551d863570c1afa47c99a4f6")],
)
def test_hash_is_the_published_one(settings: Settings, algorithm: str, digest: str) -> None:
    settings.BAMBORA_HASH_KEY, settings.BAMBORA_HASH_ALGORITHM = "abc", algorithm
    assert hash_of("merchant_id=123456789") == digest


def test_times_are_pacific(settings: Settings) -> None:
    summer, winter = datetime(2027, 7, 1, 7, 30, tzinfo=UTC), datetime(2027, 1, 1, 7, 30, tzinfo=UTC)
    assert [pacific(at, "%Y%m%d%H%M") for at in (summer, winter)] == ["202707010030", "202612312330"]
    assert moment("2027-07-01T00:30:00") == summer


@pytest.mark.parametrize("text", ["", "yesterday", "8/13/2027 12:26:24 AM"])
def test_time_that_is_none_concludes_nothing(text: str) -> None:
    with pytest.raises(ProviderUnreachable):
        moment(text)


@pytest.mark.parametrize(("value", "amount"), [("12.34", "12.34"), (12, "12.00"), (Decimal("12.5"), "12.50")])
def test_amount_is_read_to_the_cent(value: object, amount: str) -> None:
    assert str(amount_of(value)) == amount


@pytest.mark.parametrize("value", ["", "12,34", None])
def test_amount_that_is_none_concludes_nothing(value: object) -> None:
    with pytest.raises(ProviderUnreachable):
        amount_of(value)


def test_page_is_asked_for_with_two_decimals_in_french_until_the_attempt_ends(
    bambora_world: BamboraWorld, attempt: Attempt
) -> None:
    fields = parse_qs(urlsplit(bambora_world.provider.start(attempt).url).query)
    shown = {name: fields[name] for name in ("trnAmount", "trnLanguage", "trnType", "hashExpiry")}
    closes = pacific(attempt.expires_at, "%Y%m%d%H%M")
    assert shown == {"trnAmount": ["30.00"], "trnLanguage": ["fre"], "trnType": ["P"], "hashExpiry": [closes]}


@pytest.mark.parametrize(
    ("old", "new"),
    [("trnAmount=30.00", "trnAmount=3.00"), ("hashValue=", "hashValue=0"), ("trnType=P&", "trnType=P&ref1=x&")],
)
def test_page_takes_nothing_that_was_changed_on_the_way(
    bambora_world: BamboraWorld, attempt: Attempt, old: str, new: str
) -> None:
    url = bambora_world.provider.start(attempt).url
    assert old in url
    response = bambora_world.peer.fill_in(url.replace(old, new))
    assert (response.status_code, "Hash validation error" in response.text) == (400, True)
    assert bambora_world.peer.transactions() == []


def test_page_shows_its_form_and_asks_again_for_what_is_missing(bambora_world: BamboraWorld, attempt: Attempt) -> None:
    url = bambora_world.provider.start(attempt).url
    assert "$30.00" in requests.get(url, timeout=15).text
    assert bambora_world.peer.fill_in(url, "4030").status_code == 422
    assert bambora_world.provider.resolve(attempt).result is Result.OPEN


def test_page_whose_hash_has_expired_takes_no_money(
    bambora_world: BamboraWorld, bambora_peer: BamboraPeer, attempt: Attempt
) -> None:
    bambora_peer.control("clock", seconds=32 * 60)
    response = bambora_peer.fill_in(bambora_world.provider.start(attempt).url)
    assert (response.status_code, "expired" in response.text) == (400, True)
    CardPage.objects.update(expires_at=datetime.now(UTC) - timedelta(minutes=3))
    assert bambora_world.provider.resolve(attempt).result is Result.EXPIRED


def test_paid_order_number_is_not_paid_again(bambora_world: BamboraWorld, attempt: Attempt) -> None:
    bambora_world.pay(attempt)
    response = bambora_world.peer.fill_in(bambora_world.provider.start(attempt).url)
    assert (response.status_code, "Duplicate order number" in response.text) == (400, True)
    assert bambora_world.times_paid(attempt.reference) == 1


def test_declined_page_can_still_be_paid_with_another_card(bambora_world: BamboraWorld, attempt: Attempt) -> None:
    bambora_world.decline(attempt)
    assert bambora_world.provider.resolve(attempt).message == "DECLINE"
    bambora_world.pay(attempt)
    assert bambora_world.provider.resolve(attempt).result is Result.APPROVED


def test_foreign_currency_is_never_asked_for(bambora_world: BamboraWorld, attempt: Attempt) -> None:
    order = order_of(bambora_world, attempt, "30.00")
    with pytest.raises(ProviderUnreachable):
        bambora_world.provider.start(replace(attempt, currency="USD"))
    with pytest.raises(ProviderUnreachable):
        bambora_world.provider.refund(replace(order, currency="USD"))
    with pytest.raises(ProviderUnreachable):
        bambora_world.provider.charge_stored(replace(charge_of(stored(bambora_world)), currency="USD"))
    assert bambora_world.given_back(attempt.reference) == []


@pytest.mark.parametrize("name", ["BAMBORA_PAYMENTS_PASSCODE", "BAMBORA_HASH_KEY"])
def test_wrong_secret_is_unreachable_and_not_in_the_message(
    bambora_world: BamboraWorld, attempt: Attempt, settings: Settings, name: str
) -> None:
    bambora_world.pay(attempt)
    setattr(settings, name, "wrongwrongwrong")
    with pytest.raises(ProviderUnreachable) as error:
        bambora_world.provider.resolve(attempt)
    assert "wrongwrong" not in str(error.value)


def test_nobody_listening_is_unreachable(bambora_world: BamboraWorld, attempt: Attempt, settings: Settings) -> None:
    bambora_world.provider.start(attempt)
    settings.BAMBORA_WEB_BASE = "http://127.0.0.1:9"
    with pytest.raises(ProviderUnreachable):
        bambora_world.provider.resolve(attempt)


def test_todays_whole_payment_is_voided_and_found_again(bambora_world: BamboraWorld, attempt: Attempt) -> None:
    order = order_of(bambora_world, attempt, "30.00")
    given = bambora_world.provider.refund(order)
    assert [row["kind"] for row in bambora_world.peer.transactions()] == ["P", "VP"]
    assert bambora_world.provider.refund(order) == given
    assert bambora_world.provider.resolve_refund(replace(order, amount=Decimal("5.00"))).result is RefundResult.UNKNOWN
    before = datetime.now(UTC) - timedelta(minutes=5)
    moved = bambora_world.provider.movements(before, before + timedelta(minutes=10))
    assert [(move.amount, move.reference) for move in moved] == [
        (Decimal("30.00"), attempt.reference),
        (Decimal("-30.00"), ""),
    ]


def test_yesterdays_payment_is_returned(bambora_world: BamboraWorld, attempt: Attempt) -> None:
    order = order_of(bambora_world, attempt, "30.00")
    order = replace(order, paid_at=order.paid_at - timedelta(days=1))
    assert bambora_world.provider.refund(order).result is RefundResult.DONE
    assert [row["kind"] for row in bambora_world.peer.transactions()] == ["P", "R"]


def test_void_that_comes_too_late_becomes_a_return(
    bambora_world: BamboraWorld, bambora_peer: BamboraPeer, attempt: Attempt
) -> None:
    order = order_of(bambora_world, attempt, "30.00")
    bambora_peer.control("clock", seconds=24 * 3600)
    assert bambora_world.provider.refund(order).result is RefundResult.DONE
    assert [row["kind"] for row in bambora_peer.transactions()] == ["P", "R"]


@pytest.mark.parametrize(("code", "result"), [(194, RefundResult.FAILED), (788, RefundResult.UNKNOWN)])
def test_refused_refund_is_failed_unless_it_was_known_already(
    bambora_world: BamboraWorld, attempt: Attempt, monkeypatch: pytest.MonkeyPatch, code: int, result: RefundResult
) -> None:
    order = order_of(bambora_world, attempt, "30.00")
    answers(monkeypatch, code)
    assert bambora_world.provider.refund(order).result is result


def test_report_is_read_to_its_end(
    bambora_world: BamboraWorld, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bambora, "ROWS", 1)
    order_of(bambora_world, attempt, "5.00")
    bambora_world.decline(replace(attempt, reference="DECLINED", provider_ref="DECLINED"))
    before = datetime.now(UTC) - timedelta(minutes=5)
    moved = bambora_world.provider.movements(before, before + timedelta(minutes=10))
    assert [move.reference for move in moved] == [attempt.reference]


def test_stored_card_holds_nothing_of_the_persons_money(bambora_world: BamboraWorld) -> None:
    card = stored(bambora_world)
    assert [(row["kind"], row["amount"]) for row in bambora_world.peer.transactions()] == [
        ("PA", "1.00"),
        ("PAC", "0.00"),
    ]
    assert (card.series_ref, card.last4, card.exp_month, card.exp_year) == ("a1b2c3", "1234", 2, 2044)


def test_removed_card_is_not_stored_again_by_asking(bambora_world: BamboraWorld) -> None:
    setup = a_setup()
    bambora_world.store(setup.reference, "pays")
    card = bambora_world.provider.resolve_setup(setup).card
    assert card is not None
    bambora_world.provider.remove_card(card)
    assert bambora_world.provider.resolve_setup(setup).result is Result.EXPIRED


def test_card_page_that_nobody_finished_is_over_at_its_end(bambora_world: BamboraWorld) -> None:
    setup = replace(a_setup(), expires_at=datetime.now(UTC) - timedelta(minutes=3))
    assert bambora_world.provider.resolve_setup(setup).result is Result.EXPIRED


@pytest.mark.parametrize("code", [16, 19])
def test_profile_that_cannot_be_made_concludes_nothing(
    bambora_world: BamboraWorld, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    setup = a_setup()
    bambora_world.store(setup.reference, "pays")
    answers(monkeypatch, code)
    if code == 16:  # it is there by now, and only its hold could not be released
        monkeypatch.setattr(bambora_cards.BamboraCards, "_profile", lambda *_args: None)
        assert bambora_world.provider.resolve_setup(setup).result is Result.EXPIRED
    else:
        with pytest.raises(ProviderUnreachable):
            bambora_world.provider.resolve_setup(setup)


def test_charge_sent_a_moment_ago_may_still_be_on_its_way(bambora_world: BamboraWorld) -> None:
    payment = replace(charge_of(stored(bambora_world)), started_at=datetime.now(UTC))
    assert bambora_world.provider.resolve_stored(payment).result is Result.PENDING


@pytest.mark.parametrize(
    ("code", "result", "decline"),
    [(788, Result.EXPIRED, None), (314, Result.DECLINED, Decline.SOFT), (800, Result.DECLINED, Decline.HARD)],
)
def test_refused_charge_is_read_by_its_code(
    bambora_world: BamboraWorld,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    result: Result,
    decline: Decline | None,
) -> None:
    payment: StoredPayment = charge_of(stored(bambora_world))
    answers(monkeypatch, code)
    outcome = bambora_world.provider.charge_stored(replace(payment, card=replace(payment.card, series_ref="")))
    assert (outcome.result, outcome.decline) == (result, decline)


@pytest.mark.parametrize("call", ["remove_card", "read_card", "payment"])
def test_refusal_of_another_kind_concludes_nothing(
    bambora_world: BamboraWorld, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    card = stored(bambora_world)

    def refuse(method: str, path: str, **options: Any) -> dict[str, Any]:
        raise Refused(19, "refused")

    monkeypatch.setattr(bambora_cards, "call", refuse)
    with pytest.raises(ProviderUnreachable):
        getattr(bambora_world.provider, call)(card)


def test_it_sends_no_webhooks_and_closes_no_pages(bambora_world: BamboraWorld, attempt: Attempt) -> None:
    with pytest.raises(BadSignature):
        bambora_world.provider.read_webhook(b"{}", {})
    bambora_world.provider.start(attempt)
    bambora_world.provider.expire(attempt)
    assert bambora_world.provider.resolve(attempt).result is Result.EXPIRED
    bambora_world.pay(attempt)
    assert bambora_world.provider.resolve(attempt).result is Result.APPROVED


@dataclass
class Wire:
    """What comes back, whatever is asked."""

    text: str
    status_code: int = 200

    def __call__(self, *_args: object, **_options: object) -> "Wire":
        return self


@pytest.mark.parametrize(
    "text", ["trnApproved=0&trnId=7&messageId=54&messageText=Timeout", "trnApproved=1&trnI", "trnApproved=1"]
)
def test_question_without_a_clear_answer_concludes_nothing(
    bambora_world: BamboraWorld, attempt: Attempt, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    bambora_world.provider.start(attempt)
    monkeypatch.setattr(bambora_wire, "_send", Wire(text))
    with pytest.raises(ProviderUnreachable):
        bambora_world.provider.resolve(attempt)


@pytest.mark.parametrize(
    ("text", "status"), [("[]", 200), ("{}", 500), ('{"code": 54}', 402), ('{"approved": "0"}', 200)]
)
def test_api_without_a_clear_answer_concludes_nothing(
    bambora_world: BamboraWorld, monkeypatch: pytest.MonkeyPatch, text: str, status: int
) -> None:
    monkeypatch.setattr(bambora_wire, "_send", Wire(text, status))
    with pytest.raises(ProviderUnreachable):
        bambora.BamboraProvider().approved("7", "X")


def test_adjustment_that_was_refused_gave_nothing_back(
    bambora_world: BamboraWorld, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = order_of(bambora_world, attempt, "30.00")
    refused = {"id": 8, "type": "VP", "approval": 0, "amount": "30.00"}
    other = {"id": 9, "type": "PAC", "approval": 1, "amount": "30.00"}
    wire = Wire(json.dumps({"amount": "30.00", "adjusted_by": [refused, other]}))
    monkeypatch.setattr(bambora_wire, "_send", wire)
    assert bambora_world.provider.resolve_refund(order).result is RefundResult.UNKNOWN


def test_profile_without_a_card_is_no_card(bambora_world: BamboraWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    card = stored(bambora_world)
    monkeypatch.setattr(bambora_wire, "_send", Wire('{"code": 1, "card": []}'))
    assert bambora_world.provider.read_card(card) is None


def test_row_beside_the_day_is_left_out(bambora_world: BamboraWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"trn_id": 7, "trn_type": "P", "trn_response": "1", "trn_amount": "30.00", "trn_order_number": "X"}
    times = ["2027-02-09T23:59:59", "2027-02-10T00:00:00", "2027-02-11T00:00:00"]
    monkeypatch.setattr(bambora, "_report", lambda *_day: [row | {"trn_date_time": time} for time in times])
    start = moment("2027-02-10T00:00:00")
    assert [move.at for move in bambora_world.provider.movements(start, start + timedelta(days=1))] == [start]
