"""The hosted Checkout page: plain HTML that works without JavaScript or style, for browsers, screen readers and scripts."""

from datetime import UTC, datetime
from html import escape

from .cards import CardFormError, read_card
from .checkout import get_session
from .checkout_rules import EMAIL
from .errors import ApiError, JsonObject
from .form import decode_form
from .messages import HttpRequest, HttpResponse, html_response, redirect
from .payment import Payer, Result, SessionClosedError
from .setups import finish_3ds, press_button, waits_for_3ds
from .state import Peer

FIELDS = (
    ("email", "Email", "email", "email"),
    ("cardNumber", "Card number", "text", "cc-number"),
    ("cardExpiry", "Expiration date", "text", "cc-exp"),
    ("cardCvc", "CVC", "text", "cc-csc"),
    ("billingName", "Name on card", "text", "cc-name"),
)
SECRET_FIELDS = ("cardNumber", "cardCvc")
PREFIX = "/c/pay/"


def handle_page(peer: Peer, http: HttpRequest) -> HttpResponse:
    """``/c/pay/<session>`` and ``/c/pay/<session>/3ds``, GET and POST."""
    identifier, _, step = http.path.removeprefix(PREFIX).partition("/")
    with peer.store.lock:
        try:
            session = get_session(peer, identifier)
        except ApiError:
            return html_response(404, _document("Not found", "<p>There is no such checkout session.</p>"))
        if step not in ("", "3ds"):
            return html_response(404, _document("Not found", "<p>There is no such page.</p>"))
        try:
            return _answer(peer, http, session, step)
        except SessionClosedError as closed:
            return html_response(409, _closed_page(closed.session))
        except ApiError as error:
            return html_response(400, _document("Bad request", f"<p>{escape(error.message)}</p>"))


def success_url(session: JsonObject) -> str:
    """Where the customer goes after paying."""
    url: str = session["success_url"]
    return url.replace("{CHECKOUT_SESSION_ID}", session["id"])


def _answer(peer: Peer, http: HttpRequest, session: JsonObject, step: str) -> HttpResponse:
    if http.method == "POST":
        form = decode_form(http.body.decode("ascii", "replace"))
        texts = {name: value for name, value in form.items() if isinstance(value, str)}
        return _answer_3ds(peer, session, texts) if step else _pay(peer, session, texts)
    if session["status"] != "open":
        return html_response(200, _closed_page(session))
    if step:
        known = waits_for_3ds(peer, session)
        return html_response(200, _three_ds_page(session)) if known else redirect(session["url"])
    return html_response(200, _pay_page(peer, session, {}))


def _pay(peer: Peer, session: JsonObject, form: dict[str, str]) -> HttpResponse:
    if session["status"] != "open":
        raise SessionClosedError(session)
    try:
        payer = _payer(form)
        today = datetime.fromtimestamp(peer.store.now(), UTC)
        card = read_card(
            form.get("cardNumber", ""),
            form.get("cardExpiry", ""),
            form.get("cardCvc", ""),
            year=today.year,
            month=today.month,
        )
    except CardFormError as error:
        return html_response(422, _pay_page(peer, session, form, str(error), error.field))
    return _follow(peer, press_button(peer, session["id"], card, payer), form)


def _answer_3ds(peer: Peer, session: JsonObject, form: dict[str, str]) -> HttpResponse:
    complete = form.get("result") == "complete"
    return _follow(peer, finish_3ds(peer, session["id"], complete=complete), {})


def _follow(peer: Peer, result: Result, form: dict[str, str]) -> HttpResponse:
    if result.state == "requires_action":
        return redirect(f"{result.session['url']}/3ds")
    if result.state == "declined":
        return html_response(402, _pay_page(peer, result.session, form, result.message, "cardNumber"))
    return redirect(success_url(result.session))


def _payer(form: dict[str, str]) -> Payer:
    email, name = form.get("email", "").strip(), form.get("billingName", "").strip()
    if not EMAIL.fullmatch(email):
        raise CardFormError("email", "Your email is invalid.")
    if not name:
        raise CardFormError("billingName", "Name on card is required.")
    return Payer(email, name)


def _pay_page(peer: Peer, session: JsonObject, form: dict[str, str], error: str = "", error_field: str = "") -> str:
    """``form`` refills the fields, except number and CVC, which the page never sends back."""
    customer = peer.store.find("customer", session["customer"] or "") or {}
    values = {"email": session["customer_email"] or customer.get("email") or ""} | form
    inputs = "\n".join(
        _input(name, label, kind, autocomplete, values, error_field) for name, label, kind, autocomplete in FIELDS
    )
    alert = f'<p role="alert" id="error">{escape(error)}</p>' if error else ""
    cancel = f'<p><a href="{escape(session["cancel_url"])}">Cancel</a></p>' if session["cancel_url"] else ""
    setup = session["mode"] == "setup"
    return _document(
        "Save your card" if setup else "Checkout",
        f"""{"" if setup else _order(peer, session)}
{alert}
<form method="post" action="{PREFIX}{session["id"]}" autocomplete="on">
{inputs}
<p><button type="submit">{"Save card" if setup else "Pay Now"}</button></p>
</form>
{cancel}""",
    )


def _input(name: str, label: str, kind: str, autocomplete: str, values: dict[str, str], error_field: str) -> str:
    value = "" if name in SECRET_FIELDS else escape(values.get(name, ""))
    hint = ' placeholder="MM / YY"' if name == "cardExpiry" else ""
    numeric = ' inputmode="numeric"' if name.startswith("card") else ""
    wrong = ' aria-invalid="true" aria-describedby="error"' if name == error_field else ""
    return (
        f'<p><label for="{name}">{label}</label> <input id="{name}" name="{name}" type="{kind}" value="{value}" '
        f'autocomplete="{autocomplete}" required{numeric}{hint}{wrong}></p>'
    )


def _line(line: JsonObject) -> str:
    amount = _money(line["amount_total"], line["currency"])
    return f"<tr><td>{escape(line['description'])}</td><td>{line['quantity']}</td><td>{amount}</td></tr>"


def _order(peer: Peer, session: JsonObject) -> str:
    lines = "\n".join(_line(line) for line in peer.store.line_items[session["id"]])
    total = _money(session["amount_total"], session["currency"])
    return f"""<p>Amount due: <strong id="amount">{total}</strong></p>
<table><caption>Order</caption>
<thead><tr><th scope="col">Item</th><th scope="col">Quantity</th><th scope="col">Amount</th></tr></thead>
<tbody>
{lines}
</tbody></table>"""


def _three_ds_page(session: JsonObject) -> str:
    setup = session["mode"] == "setup"
    what = "card" if setup else f"payment of {_money(session['amount_total'], session['currency'])}"
    return _document(
        "3D Secure",
        f"""<p>Your bank wants you to confirm this {what}.</p>
<form method="post" action="{PREFIX}{session["id"]}/3ds">
<p><button type="submit" name="result" value="complete">Complete</button>
<button type="submit" name="result" value="fail">Fail</button></p>
</form>""",
    )


def _closed_page(session: JsonObject) -> str:
    if session["status"] == "complete":
        return _document("Payment complete", "<p>This checkout session is complete. You were not charged again.</p>")
    return _document("Session expired", "<p>This checkout session has expired. You were not charged.</p>")


def _document(title: str, content: str) -> str:
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
</head>
<body>
<main>
<h1>{title}</h1>
{content}
<p><small>Test page of a stand-in for Stripe. Use test cards only.</small></p>
</main>
</body>
</html>
"""


def _money(amount: int, currency: str) -> str:
    """Two-decimal currencies only, which is all that the peer supports."""
    return f"${amount // 100}.{amount % 100:02d} {currency.upper()}"
