"""Answers in the vendor's own shape that make no sense: nothing is concluded from them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from payments.errors import ProviderUnreachable
from payments.models import CardPage, SentRefund
from payments.providers import wire
from payments.providers.base import Attempt, Card, Line, RefundOrder, RefundResult, Result, Setup
from payments.providers.edgeexpress import EdgeExpressProvider
from payments.providers.moneris import MonerisProvider
from tests.factories import make_card_page

pytestmark = pytest.mark.django_db
CARD = Card("token", "customer", "visa", "4242", 12, 2040)
SOON = datetime.now(UTC) + timedelta(minutes=10)
SETUP = Setup("CARDPAGE", "", "Ada", "a@example.test", "en", "http://ok/", "http://no/", SOON, "ticket-CARDPAGE")
LINES = (Line("Ticket", Decimal("35.00")), Line("Credit", Decimal("-5.00")))
ATTEMPT = Attempt(
    "CARDPAGE",
    Decimal("30.00"),
    "CAD",
    LINES,
    "a@example.test",
    "en",
    "http://ok/",
    "http://no/",
    SOON,
    "ticket-CARDPAGE",
)
ORDER = RefundOrder("REFUND1", Decimal("30.00"), "CAD", ATTEMPT, "1-0_1", datetime.now(UTC))
Say = Callable[..., list[bytes]]


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch) -> Say:
    """The vendor says these one after the other; answers what it was sent."""

    def prepare(*answers: bytes) -> list[bytes]:
        waiting, sent = list(answers), []

        def post(name: str, url: str, body: bytes, content_type: str) -> bytes:
            sent.append(body)
            return waiting.pop(0)

        monkeypatch.setattr(wire, "post", post)
        return sent

    return prepare


def checkout(**response: Any) -> bytes:
    """A JSON answer of Moneris."""
    return json.dumps({"response": response}).encode()


def gateway(**fields: str) -> bytes:
    """A receipt of Moneris' Gateway."""
    return f"<response><receipt>{''.join(f'<{k}>{v}</{k}>' for k, v in fields.items())}</receipt></response>".encode()


def edge(code: int, text: str = "") -> bytes:
    """An answer of EdgeExpress."""
    inner = f"<RESPONSECODE>{code}</RESPONSECODE><RESPONSEDESCRIPTION>{text}</RESPONSEDESCRIPTION>"
    return f"<RESPONSE><RESULT>{inner}</RESULT></RESPONSE>".encode()


@pytest.mark.parametrize(
    "answer",
    [
        checkout(success="false", error={"store_id": "invalid"}),
        checkout(success="true", receipt={"result": "a"}),
        b'{"response": "x"}',
        b'{"answer": {}}',
        b"[]",
    ],
)
def test_moneris_receipt_without_sense(say: Say, answer: bytes) -> None:
    make_card_page("CARDPAGE")
    say(answer)
    with pytest.raises(ProviderUnreachable):
        MonerisProvider().resolve(ATTEMPT)


def test_moneris_card_without_an_end_is_not_stored(say: Say) -> None:
    make_card_page("CARDPAGE", amount=Decimal("0.00"))
    card = {"response_code": "027", "expiry_date": "9940", "tokenize": {"success": "true", "datakey": "k"}}
    say(checkout(success="true", receipt={"result": "a", "cc": card}))
    with pytest.raises(ProviderUnreachable, match="no end of the card"):
        MonerisProvider().resolve_setup(SETUP)


@pytest.mark.parametrize(
    ("result", "code"), [("d", "027"), ("a", "050"), ("a", "481"), ("a", "null"), ("a", None), ("", "027")]
)
def test_moneris_says_yes_with_both_words_or_not_at_all(say: Say, result: str, code: str | None) -> None:
    make_card_page("CARDPAGE")
    card = {"response_code": code, "amount": "30.00", "order_no": "CARDPAGE", "transaction_no": "1-0_1"}
    say(checkout(success="true", receipt={"result": result, "cc": card}))
    outcome = MonerisProvider().resolve(ATTEMPT)
    assert (outcome.result, outcome.charge_ref) == (Result.DECLINED, "")


def test_moneris_is_sent_no_lines_that_cost_less_than_nothing(say: Say) -> None:
    sent = say(checkout(success="true", ticket="t1"))
    MonerisProvider().start(ATTEMPT)
    asked = json.loads(sent[0])
    assert (asked["txn_total"], "cart" in asked) == ("30.00", False)


@pytest.mark.parametrize(
    "answer", [gateway(TimedOut="true"), gateway(), b"<response/>", b"<answer><receipt/></answer>"]
)
def test_gateway_that_does_not_know_it_itself(say: Say, answer: bytes) -> None:
    SentRefund.objects.create(provider="moneris", reference="REFUND1", order="CARDPAGE", amount=Decimal("30.00"))
    say(answer)
    with pytest.raises(ProviderUnreachable):
        MonerisProvider().resolve_refund(ORDER)


def test_moneris_card_that_stays_is_not_called_forgotten(say: Say) -> None:
    there = gateway(ResponseCode="001", ResSuccess="true", masked_pan="4242***4242", expdate="4012")
    say(gateway(ResponseCode="987", ResSuccess="false"), there)
    with pytest.raises(ProviderUnreachable, match="did not forget"):
        MonerisProvider().remove_card(CARD)


def test_edgeexpress_card_that_stays_is_not_called_forgotten(say: Say) -> None:
    say(edge(900, "Try later"), edge(5))
    with pytest.raises(ProviderUnreachable, match="did not forget"):
        EdgeExpressProvider().remove_card(CARD)


def test_edgeexpress_refund_that_was_declined_has_failed(say: Say) -> None:
    say(edge(1, "Declined"))
    outcome = EdgeExpressProvider().resolve_refund(ORDER)
    assert (outcome.result, outcome.message) == (RefundResult.FAILED, "Declined")


@pytest.mark.parametrize(("code", "result"), [(101, Result.EXPIRED), (102, Result.OPEN), (814, Result.OPEN)])
def test_edgeexpress_page_that_nobody_finished(say: Say, code: int, result: Result) -> None:
    make_card_page("CARDPAGE", provider="edgeexpress")
    say(edge(code))
    assert EdgeExpressProvider().resolve(ATTEMPT).result is result


def test_edgeexpress_card_without_an_alias_is_not_stored(say: Say) -> None:
    make_card_page("CARDPAGE", provider="edgeexpress", amount=Decimal("0.00"))
    say(edge(5, "Alias Success"))
    with pytest.raises(ProviderUnreachable, match="no stored card"):
        EdgeExpressProvider().resolve_setup(SETUP)


@pytest.mark.parametrize("answer", [b"<RESPONSE/>", b"<RESPONSE><RESPONSECODE>no</RESPONSECODE></RESPONSE>"])
def test_edgeexpress_without_a_code(say: Say, answer: bytes) -> None:
    make_card_page("CARDPAGE", provider="edgeexpress")
    say(answer)
    with pytest.raises(ProviderUnreachable, match="without a code"):
        EdgeExpressProvider().resolve(ATTEMPT)


@pytest.mark.parametrize("address", ["", "javascript:alert(1)", "http://elsewhere.test/pay"])
def test_edgeexpress_page_elsewhere_is_not_followed(say: Say, address: str) -> None:
    say(f"<R><SESSIONTOKEN>t</SESSIONTOKEN><PAYPAGEURL>{address}</PAYPAGEURL></R>".encode())
    with pytest.raises(ProviderUnreachable, match="opens no page"):
        EdgeExpressProvider().start(ATTEMPT)
    assert CardPage.objects.count() == 0


def test_rows_are_named_by_provider_and_reference() -> None:
    note = SentRefund(provider="moneris", reference="REFUND1")
    assert (str(make_card_page("CARDPAGE")), str(note)) == ("moneris CARDPAGE", "moneris REFUND1")
