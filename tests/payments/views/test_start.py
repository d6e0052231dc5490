"""Continue to Checkout: what is ticked is frozen (PAY-2)."""

from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import User
from payments.models import Charge, Checkout
from tests.factories import make_charge, make_user
from tests.payments.views.counting import queries
from tests.payments.views.page import callouts, soup

PATH = "/checkout/"


def refused(client: Client, data: dict[str, object]) -> list[str]:
    """What the list says after a refusal."""
    response = client.post(PATH, data, follow=True)
    assert response.redirect_chain == [("/payments/", 302)]
    assert Checkout.objects.count() == 0
    return callouts(response)


def test_ticked_charges_are_frozen_into_a_checkout(resident_client: Client, resident: User, charge: Charge) -> None:
    other = make_charge(resident, amount="12.50")
    make_charge(resident)
    response = resident_client.post(PATH, {"charge": [charge.code, other.code]})
    checkout = Checkout.objects.get()
    assert response.headers["Location"] == f"/checkout/{checkout.code}/"
    assert (checkout.user, checkout.email, checkout.language, checkout.total) == (
        resident,
        resident.email,
        "en",
        Decimal("42.50"),
    )
    assert list(checkout.lines.values_list("charge", "amount")) == [
        (charge.pk, Decimal("30.00")),
        (other.pk, Decimal("12.50")),
    ]


def test_way_back_from_payment_method_leads_to_payments_and_says_so(resident_client: Client, charge: Charge) -> None:
    page = soup(resident_client.post(PATH, {"charge": charge.code}, follow=True))
    assert [link.get_text() for link in page.select("form.cols a[href='/payments/']")] == ["Back to Payments"]


def test_checkout_keeps_the_language_of_the_page(resident_client: Client, charge: Charge) -> None:
    resident_client.cookies["language"] = "fr"
    resident_client.post(PATH, {"charge": charge.code})
    assert Checkout.objects.get().language == "fr"


def test_same_selection_again_leads_to_the_same_checkout(resident_client: Client, charge: Charge) -> None:
    first, second = (resident_client.post(PATH, {"charge": charge.code}).headers["Location"] for _ in range(2))
    assert first == second
    assert Checkout.objects.count() == 1


def test_codes_of_others_are_passed_over(resident_client: Client, charge: Charge) -> None:
    theirs, guests = make_charge(make_user()), make_charge(None)
    resident_client.post(PATH, {"charge": [theirs.code, charge.code, guests.code, "NOSUCHCODE", "' OR 1=1 --"]})
    assert [line.charge for line in Checkout.objects.get().lines.all()] == [charge]


@pytest.mark.parametrize("codes", [[], [""], ["\x00"], ["A\x00B", "NOSUCHCODE"], ["x" * 10_000], ["😀"]])
def test_nothing_ticked_is_refused(resident_client: Client, charge: Charge, codes: list[str]) -> None:
    assert refused(resident_client, {"charge": codes}) == ["Tick what you want to pay first."]


def test_only_others_codes_are_nothing(resident_client: Client) -> None:
    assert refused(resident_client, {"charge": make_charge(make_user()).code}) == ["Tick what you want to pay first."]


def test_blocked_charge_is_refused_with_its_reason(resident_client: Client, charge: Charge) -> None:
    Charge.objects.update(blocked="It is under appeal.")
    assert "It is under appeal." in refused(resident_client, {"charge": charge.code})


def test_anonymous_is_sent_to_the_login(client: Client, charge: Charge) -> None:
    assert client.post(PATH, {"charge": charge.code}).headers["Location"] == "/login?next=/checkout/"
    assert Checkout.objects.count() == 0


def test_get_is_refused(resident_client: Client) -> None:
    assert resident_client.get(PATH).status_code == 405


@pytest.mark.parametrize("rows", [1, 3])
def test_start_costs_the_same_for_three_charges(resident_client: Client, resident: User, rows: int) -> None:
    codes = [make_charge(resident).code for _ in range(rows)]
    with queries(9):
        resident_client.post(PATH, {"charge": codes})
    assert Checkout.objects.get().lines.count() == rows
