"""The peer's hosted Checkout page, used as a browser without JavaScript would."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from .stripe_driver import StripePeer
from .stripe_samples import session_params

OK, DECLINED, POOR, BANK = "4242424242424242", "4000000000000002", "4000000000009995", "4000002760003184"
Post = Callable[..., requests.Response]


@pytest.fixture
def session(client: Any) -> Any:
    return client.v1.checkout.sessions.create(session_params())


def post(url: str, card: str = OK, **changes: str) -> requests.Response:
    """Fill the form in and press **Pay Now**."""
    form = {
        "email": "driver@example.test",
        "cardNumber": card,
        "cardExpiry": "12 / 40",
        "cardCvc": "123",
        "billingName": "Dana Driver",
    } | changes
    return requests.post(url, data=form, allow_redirects=False, timeout=5)


def alert(page: requests.Response) -> str:
    """Text of the page's error."""
    match = re.search(r'<p role="alert" id="error">(.*?)</p>', page.text)
    return match.group(1) if match else ""


def test_the_page_shows_amount_lines_fields_button_and_cancel_link(session: Any) -> None:
    page = requests.get(session.url, timeout=5)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert re.findall(r'<strong id="amount">(.*?)</strong>', page.text) == ["$32.00 CAD"]
    assert re.findall(r"<tr><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td></tr>", page.text) == [
        ("Permit", "1", "$25.00 CAD"),
        ("Decal", "2", "$7.00 CAD"),
    ]
    labels = re.findall(r'<label for="(\w+)">(.*?)</label> <input id="(\w+)"', page.text)
    assert [label for _, label, _ in labels] == ["Email", "Card number", "Expiration date", "CVC", "Name on card"]
    assert [target for target, _, _ in labels] == [field for _, _, field in labels]
    assert re.findall(r"<button [^>]*>(.*?)</button>", page.text) == ["Pay Now"]
    assert re.findall(r'<a href="(.*?)">(.*?)</a>', page.text) == [("http://127.0.0.1:9/cancel/", "Cancel")]
    assert 'value="driver@example.test"' in page.text


def test_names_are_escaped_on_the_page(client: Any) -> None:
    lines = session_params()["line_items"]
    lines[0]["price_data"]["product_data"]["name"] = "<script>alert(1)</script>"
    page = requests.get(client.v1.checkout.sessions.create(session_params(line_items=lines)).url, timeout=5)
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text


def test_paying_redirects_with_the_session_id_and_charges_once(peer: StripePeer, client: Any, session: Any) -> None:
    answer = post(session.url)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://127.0.0.1:9/return/?session_id={session.id}"
    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert (paid.customer_details.email, paid.customer_details.name) == ("driver@example.test", "Dana Driver")
    assert paid.payment_intent.status == "succeeded"
    assert peer.captured() == [3200]


def test_only_brand_and_last_four_digits_of_a_card_are_kept(peer: StripePeer, client: Any, session: Any) -> None:
    post(session.url, DECLINED)
    post(session.url)
    kept = str(client.v1.events.list({"limit": 100})) + str(peer.ledger()) + peer.stderr()
    assert (kept.count("4242424242424242"), kept.count(DECLINED)) == (0, 0)
    assert '"last4": "4242"' in kept


def test_session_metadata_is_not_copied_to_the_intent(peer: StripePeer, client: Any) -> None:
    session = client.v1.checkout.sessions.create(session_params(payment_intent_data=None))
    intent = client.v1.payment_intents.retrieve(peer.pay(session.id)["payment_intent"])
    assert intent.metadata.to_dict() == {}


def test_a_second_tab_cannot_pay_again(peer: StripePeer, session: Any) -> None:
    post(session.url)
    again, page = post(session.url), requests.get(session.url, timeout=5)
    assert (again.status_code, page.status_code) == (409, 200)
    assert "This checkout session is complete." in page.text
    assert "<form" not in page.text
    assert peer.captured() == [3200]


def test_two_tabs_at_the_same_moment_charge_once(peer: StripePeer, session: Any) -> None:
    with ThreadPoolExecutor(4) as pool:
        statuses = [answer.status_code for answer in pool.map(post, [session.url] * 4)]
    assert sorted(statuses) == [303, 409, 409, 409]
    assert peer.captured() == [3200]


def test_an_expired_session_says_so_without_a_form(peer: StripePeer, session: Any) -> None:
    peer.control("expire", session=session.id)
    page = requests.get(session.url, timeout=5)
    assert "This checkout session has expired." in page.text
    assert "<form" not in page.text
    assert post(session.url).status_code == 409
    assert peer.captured() == []


def test_an_unknown_session_is_404(peer: StripePeer) -> None:
    assert requests.get(f"{peer.url}/c/pay/cs_test_none", timeout=5).status_code == 404


@pytest.mark.parametrize(
    ("card", "decline_code", "message"),
    [
        (DECLINED, "generic_decline", "Your card was declined."),
        (POOR, "insufficient_funds", "Your card has insufficient funds."),
        (
            "4111111111111111",
            "test_mode_live_card",
            "Your card was declined. Your request was in test mode, but used a non test card.",
        ),
    ],
)
def test_a_declined_card_can_be_followed_by_a_good_one(
    peer: StripePeer, client: Any, session: Any, card: str, decline_code: str, message: str
) -> None:
    page = post(session.url, card)
    assert (page.status_code, alert(page)) == (402, message)
    assert card not in page.text
    tried = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert (tried.status, tried.payment_status) == ("open", "unpaid")
    intent = tried.payment_intent
    assert (intent.status, intent.last_payment_error.decline_code) == ("requires_payment_method", decline_code)
    assert (intent.latest_charge.status, intent.latest_charge.failure_code) == ("failed", "card_declined")
    assert peer.captured() == []
    assert post(session.url).status_code == 303
    assert client.v1.checkout.sessions.retrieve(session.id).payment_intent == intent.id
    assert peer.captured() == [3200]


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"cardNumber": "4242424242424241"}, "cardNumber", "Your card number is invalid."),
        ({"cardExpiry": "13 / 40"}, "cardExpiry", "Your card&#x27;s expiration date is incomplete."),
        ({"cardExpiry": "01/20"}, "cardExpiry", "Your card&#x27;s expiration date is in the past."),
        ({"cardCvc": "12"}, "cardCvc", "Your card&#x27;s security code is incomplete."),
        ({"email": "nobody"}, "email", "Your email is invalid."),
        ({"billingName": " "}, "billingName", "Name on card is required."),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_tried(
    client: Any, session: Any, changes: dict[str, str], field: str, message: str
) -> None:
    page = post(session.url, **changes)
    assert (page.status_code, alert(page)) == (422, message)
    assert re.findall(r'name="(\w+)"[^>]*aria-invalid="true"', page.text) == [field]
    assert client.v1.checkout.sessions.retrieve(session.id).payment_intent is None


def test_three_d_secure_complete(peer: StripePeer, client: Any, session: Any) -> None:
    step = post(session.url, BANK)
    assert (step.status_code, step.headers["Location"]) == (303, f"{session.url}/3ds")
    waiting = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (waiting.status, waiting.payment_intent.status) == ("open", "requires_action")
    page = requests.get(f"{session.url}/3ds", timeout=5)
    assert re.findall(r"<button [^>]*>(.*?)</button>", page.text) == ["Complete", "Fail"]
    assert peer.captured() == []
    answer = requests.post(f"{session.url}/3ds", data={"result": "complete"}, allow_redirects=False, timeout=5)
    assert answer.headers["Location"] == f"http://127.0.0.1:9/return/?session_id={session.id}"
    assert peer.captured() == [3200]


def test_three_d_secure_fail_leaves_the_session_open(peer: StripePeer, client: Any, session: Any) -> None:
    post(session.url, BANK)
    page = requests.post(f"{session.url}/3ds", data={"result": "fail"}, timeout=5)
    assert (page.status_code, alert(page)[:36]) == (402, "We are unable to authenticate your p")
    intent = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]}).payment_intent
    assert intent.last_payment_error.code == "payment_intent_authentication_failure"
    assert (intent.status, intent.latest_charge, peer.captured()) == ("requires_payment_method", None, [])


def test_the_3ds_page_without_a_waiting_payment_goes_back(peer: StripePeer, session: Any) -> None:
    page = requests.get(f"{session.url}/3ds", allow_redirects=False, timeout=5)
    assert (page.status_code, page.headers["Location"]) == (303, session.url)
    assert requests.post(f"{session.url}/3ds", data={"result": "complete"}, timeout=5).status_code == 402
    assert peer.captured() == []


def test_pay_control_does_what_the_page_does(peer: StripePeer, client: Any) -> None:
    sessions = [client.v1.checkout.sessions.create(session_params()).id for _ in range(5)]
    results = [
        peer.pay(sessions[0]),
        peer.pay(sessions[1], "insufficient_funds"),
        peer.pay(sessions[2], "three_ds"),
        peer.pay(sessions[3], "three_ds", three_ds="fail"),
        peer.pay(sessions[4], "three_ds", three_ds="leave"),
    ]
    assert [result["state"] for result in results] == [
        "succeeded",
        "declined",
        "succeeded",
        "declined",
        "requires_action",
    ]
    assert [row["session"] for row in peer.ledger()["captures"]] == [sessions[0], sessions[2]]


@pytest.mark.parametrize(("succeeded", "status", "captured"), [(True, "paid", [3200]), (False, "unpaid", [])])
def test_an_asynchronous_payment_is_settled_later(
    peer: StripePeer, client: Any, session: Any, succeeded: bool, status: str, captured: list[int]
) -> None:
    peer.control("behaviour", async_payment=True)
    assert post(session.url).status_code == 303
    pending = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (pending.status, pending.payment_status, pending.payment_intent.status) == (
        "complete",
        "unpaid",
        "processing",
    )
    assert peer.captured() == []
    assert peer.control("async", session=session.id, succeeded=succeeded) == {"payment_status": status}
    assert peer.captured() == captured
    word = "succeeded" if succeeded else "failed"
    events = client.v1.events.list({"type": "checkout.session.*"}).data
    assert [event.type for event in events] == [
        f"checkout.session.async_payment_{word}",
        "checkout.session.completed",
    ]
