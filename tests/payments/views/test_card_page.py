"""The one page that loads something from elsewhere: Moneris' card form, with a content policy of its own."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from payments.models import Payment
from tests.factories import make_card_page
from tests.payments.views.counting import queries
from tests.payments.views.page import soup

HOST = "https://moneris.test"
PATH = "/payments/card/CARDPAGE/"
BACK = "http://127.0.0.1:8000/payments/return/CARDPAGE/"


@pytest.fixture(autouse=True)
def _host(settings: Settings, db: None) -> None:
    settings.MONERIS_CHECKOUT_HOST = HOST
    settings.MONERIS_ENVIRONMENT = "qa"


def policy(response: HttpResponseBase) -> dict[str, str]:
    """The page's content policy by directive."""
    parts = response.headers["Content-Security-Policy"].split(";")
    return dict(part.strip().partition(" ")[::2] for part in parts)


def test_page_names_the_amount_and_what_the_script_needs(client: Client) -> None:
    make_card_page("CARDPAGE")
    page = soup(client.get(PATH))
    form = page.select_one("#card-form")
    assert form is not None
    assert page.select_one("h1").get_text() == "Pay $30.00 by card"  # type: ignore[union-attr]
    assert {name: value for name, value in form.attrs.items() if name.startswith("data-")} == {
        "data-ticket": "ticket-CARDPAGE",
        "data-script": f"{HOST}/chktv2/js/chkt_v2.00.js",
        "data-mode": "qa",
        "data-done": BACK,
        "data-cancelled": f"{BACK}?cancelled=1",
    }
    assert [link["href"] for link in page.select("main a.btn")] == [f"{BACK}?cancelled=1"]
    assert [(tag["src"], tag.get_text()) for tag in page.select("script")] == [
        ("/static/js/card.js", ""),
        ("/static/js/portal.js", ""),
        ("/static/js/countdown.js", ""),
    ]


def test_page_says_what_to_do_without_scripts(client: Client) -> None:
    make_card_page("CARDPAGE")
    told = soup(client.get(PATH)).select_one("#card-scripts")
    assert " ".join(told.get_text().split()) == (  # type: ignore[union-attr]
        "Our card provider's form needs JavaScript, and your browser has it switched off. Nothing was charged. Switch it on "
        "for this page and load the page again, or go back with Cancel and choose another way. The office helps by "
        "telephone, too."
    )


def test_card_to_be_stored_has_no_amount(client: Client) -> None:
    make_card_page("CARDPAGE", amount=Decimal("0.00"))
    assert soup(client.get(PATH)).select_one("h1").get_text() == "Store a card"  # type: ignore[union-attr]


def test_policy_lets_that_host_in_and_changes_nothing_else(client: Client, payment: Payment) -> None:
    make_card_page("CARDPAGE")
    theirs, usual = policy(client.get(PATH)), policy(client.get(f"/payments/return/{payment.code}/"))
    assert theirs == usual | {"script-src": f"'self' {HOST}", "frame-src": HOST}
    assert (usual["script-src"], usual.get("frame-src"), usual["default-src"]) == ("'self'", None, "'none'")


def test_no_other_page_lets_that_host_in(resident_client: Client, payment: Payment, settings: Settings) -> None:
    settings.CARD_PROVIDER = "moneris"
    pages = ["/login/", "/payments/", "/home/", f"/payments/return/{payment.code}/", "/admin/login/", "/none/"]
    pages.append(f"/checkout/{payment.checkout.code}/")
    make_card_page("OVER", closed_at=timezone.now())
    pages.append("/payments/card/OVER/")
    found = [path for path in pages if HOST in resident_client.get(path).headers["Content-Security-Policy"]]
    assert found == []


@pytest.mark.parametrize("over", [{"closed_at": timezone.now()}, {"expires_at": timezone.now() - timedelta(seconds=1)}])
def test_page_that_is_over_leads_to_where_the_provider_is_asked(client: Client, over: dict[str, object]) -> None:
    make_card_page("CARDPAGE", **over)
    response = client.get(PATH)
    assert (response.status_code, response.headers["Location"]) == (302, BACK)


@pytest.mark.parametrize("code", ["NOSUCHCODE", "EDGE", "x" * 500])
def test_unknown_reference_is_not_there(client: Client, code: str) -> None:
    make_card_page("EDGE", provider="edgeexpress")
    assert client.get(f"/payments/card/{code}/").status_code == 404


def test_post_is_refused(client: Client) -> None:
    make_card_page("CARDPAGE")
    assert client.post(PATH).status_code == 405


def test_page_costs_little(client: Client) -> None:
    make_card_page("CARDPAGE")
    with queries(2):
        client.get(PATH)
