"""What the browser gets of Moneris: the script that a merchant's page loads, and the frame that it opens."""

from datetime import UTC, datetime
from html import escape
from urllib.parse import parse_qs

from tests.peers.moneris_peer import checkout
from tests.peers.moneris_peer.state import Store, Ticket, dollars
from tests.peers.stripe_peer.cards import CardFormError, read_card
from tests.peers.stripe_peer.messages import HttpRequest, HttpResponse, html_response

SCRIPT_PATH = "/chktv2/js/chkt_v2.00.js"
FRAME_PATH = "/chktv2/display/index.php"
SCRIPT = """
const home = new URL(document.currentScript.src).origin;
window.monerisCheckout = class {
  constructor() { this.callbacks = {}; }
  setMode(mode) { this.mode = mode; }
  setCheckoutDiv(id) { this.div = id; }
  setCallback(name, call) { this.callbacks[name] = call; }
  startCheckout(ticket) {
    if (!["qa", "prod"].includes(this.mode)) throw new Error("no mode");
    this.frame = document.createElement("iframe");
    this.frame.src = `${home}/chktv2/display/index.php?tck=${encodeURIComponent(ticket)}`;
    this.frame.title = "Moneris Checkout";
    this.listen = (event) => {
      if (event.origin !== home || event.source !== this.frame.contentWindow) return;
      const call = this.callbacks[JSON.parse(event.data).handler];
      if (call) call(event.data);
    };
    window.addEventListener("message", this.listen);
    document.getElementById(this.div).append(this.frame);
  }
  closeCheckout() {
    window.removeEventListener("message", this.listen);
    this.frame.remove();
  }
};
"""


def handle_frame(store: Store, http: HttpRequest) -> HttpResponse:
    """The card form of a ticket. A ticket is shown once; 410 when its time is over."""
    ticket = store.tickets.get(parse_qs(http.query).get("tck", [""])[0])
    if ticket is None:
        return html_response(404, _told("error_event", "", "2001"))
    if store.now() >= ticket.expires_at:
        return html_response(410, _told("error_event", ticket.id, "2003"))
    if http.method == "POST":
        return _submit(store, ticket, http.body.decode("ascii", "replace"))
    if ticket.shown or ticket.receipt is not None:
        return html_response(200, _told("error_event", ticket.id, "2002"))
    ticket.shown = True
    return html_response(200, _form(ticket))


def handle_script() -> HttpResponse:
    """The vendor's script."""
    return HttpResponse(200, SCRIPT.encode(), "text/javascript; charset=utf-8")


def _submit(store: Store, ticket: Ticket, body: str) -> HttpResponse:
    form = {name: values[0] for name, values in parse_qs(body).items()}
    if form.get("step") == "cancel":
        return html_response(200, _told("cancel_transaction", ticket.id, ""))
    today = datetime.fromtimestamp(store.now(), UTC)
    try:
        card = read_card(
            form.get("pan", ""), form.get("expiry", ""), form.get("cvv", ""), year=today.year, month=today.month
        )
        checkout.pay(store, ticket, card)
    except CardFormError as error:
        return html_response(422, _form(ticket, str(error)))
    except ValueError:
        return html_response(200, _told("error_event", ticket.id, "2002"))
    return html_response(200, _told("payment_complete", ticket.id, "001"))


def _form(ticket: Ticket, error: str = "") -> str:
    alert = f'<p role="alert">{escape(error)}</p>' if error else ""
    fields = "".join(
        f'<p><label for="{name}">{label}</label> <input id="{name}" name="{name}" autocomplete="{kind}" required></p>'
        for name, label, kind in (
            ("pan", "Card number", "cc-number"),
            ("expiry", "Expiry date", "cc-exp"),
            ("cvv", "CVV", "cc-csc"),
            ("holder", "Cardholder name", "cc-name"),
        )
    )
    title = f"Total {dollars(ticket.amount)}" if ticket.amount else "Add a card"
    return _document(
        f"""<h1>{title}</h1>{alert}
<form method="post" action="{FRAME_PATH}?tck={ticket.id}">{fields}
<p><button type="submit">Checkout</button></p></form>
<form method="post" action="{FRAME_PATH}?tck={ticket.id}"><p><button name="step" value="cancel">Cancel checkout</button></p></form>""",
        "page_loaded",
        ticket.id,
        "001",
    )


def _told(handler: str, ticket: str, code: str) -> str:
    return _document("<p>You are taken back.</p>", handler, ticket, code)


def _document(content: str, handler: str, ticket: str, code: str) -> str:
    """A page that tells the merchant's page what happened, as JSON text."""
    message = f'{{"handler":"{handler}","ticket":"{ticket}","response_code":"{code}"}}'
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Moneris Checkout</title></head>
<body><main>{content}<p><small>Test page of a stand-in for Moneris. Use test cards only.</small></p></main>
<script>window.parent.postMessage('{message}', "*");</script></body></html>
"""
