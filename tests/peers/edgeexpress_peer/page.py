"""The hosted page: plain HTML that works without JavaScript. Its way back carries nothing."""

from datetime import UTC, datetime
from html import escape
from urllib.parse import parse_qs

from tests.peers.edgeexpress_peer.api import PAGE
from tests.peers.edgeexpress_peer.state import GOOD, Order, Session, Store, dollars
from tests.peers.stripe_peer.cards import Card, CardFormError, read_card
from tests.peers.stripe_peer.messages import HttpRequest, HttpResponse, html_response, redirect


def handle_page(store: Store, http: HttpRequest) -> HttpResponse:
    """GET shows the form, POST pays; cancelling and paying both lead back."""
    session = store.sessions.get(http.path.removeprefix(PAGE))
    if session is None:
        return html_response(404, _document("<p>There is no such page.</p>"))
    if session.order in store.orders:
        return html_response(409, _document("<p>This page was used. You were not charged again.</p>"))
    if store.now() >= session.ends_at:
        return html_response(410, _document("<p>This page has expired. You were not charged.</p>"))
    if http.method != "POST":
        return html_response(200, _form(session))
    form = {name: values[0] for name, values in parse_qs(http.body.decode("ascii", "replace")).items()}
    if form.get("step") == "cancel":
        return redirect(session.return_url)
    today = datetime.fromtimestamp(store.now(), UTC)
    try:
        card = read_card(
            form.get("number", ""), form.get("expiry", ""), form.get("cvv", ""), year=today.year, month=today.month
        )
    except CardFormError as error:
        return html_response(422, _form(session, str(error)))
    pay(store, session, card)
    return redirect(session.return_url)


def pay(store: Store, session: Session, card: Card) -> Order:
    """The payer presses the button. ValueError if the page is used or over."""
    if store.now() >= session.ends_at:
        raise ValueError("the page has expired")
    if session.amount is None:
        return store.keep(session.order, card)
    return store.sell(session.order, session.kind, session.amount, None, store.next_decline() or GOOD)


def _form(session: Session, error: str = "") -> str:
    alert = f'<p role="alert">{escape(error)}</p>' if error else ""
    fields = "".join(
        f'<p><label for="{name}">{label}</label> <input id="{name}" name="{name}" autocomplete="{kind}" required></p>'
        for name, label, kind in (
            ("number", "Card number", "cc-number"),
            ("expiry", "Expiration date", "cc-exp"),
            ("cvv", "Security code", "cc-csc"),
        )
    )
    title = f"Amount ${dollars(session.amount)}" if session.amount else "Store a card"
    return _document(
        f"""<h1>{title}</h1>{alert}
<form method="post">{fields}<p><button type="submit">Submit</button></p></form>
<form method="post"><p><button name="step" value="cancel">Cancel</button></p></form>"""
    )


def _document(content: str) -> str:
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Payment</title></head>
<body><main>{content}<p><small>Test page of a stand-in for EdgeExpress. Use test cards only.</small></p></main></body></html>
"""
