"""Payment methods in the office: rows that decide at once what payers may choose (PAY-2)."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from opscom.lib.dates import today
from payments.models import Checkout, PaymentMethod
from payments.services.promises import promise_payment
from tests.factories import make_user, make_user_type
from tests.payments.test_admin import client_of, count_queries
from tests.payments.views.page import soup

LIST = "/admin/payments/paymentmethod/"


def page_of(code: str) -> str:
    return f"{LIST}{PaymentMethod.objects.get(code=code).pk}/change/"


def form_of(client: Client, path: str) -> dict[str, list[str] | str]:
    """The form as it stands, as the browser would send it."""
    page = BeautifulSoup(client.get(path).content, "html.parser")
    data: dict[str, list[str] | str] = {}
    for field in page.select("form#paymentmethod_form [name]"):
        name, kind = str(field["name"]), field.get("type")
        if kind == "checkbox" and field.has_attr("checked"):
            data.setdefault(name, []).append(str(field.get("value", "on")))  # type: ignore[union-attr]
        elif field.name == "select":
            chosen = field.select_one("option[selected]")
            data[name] = str(chosen["value"]) if chosen else ""
        elif kind not in ("checkbox", "submit"):
            data[name] = str(field.get("value", ""))
    return data


def save(client: Client, path: str, **changed: object) -> int:
    form = {name: value for name, value in (form_of(client, path) | changed).items() if value is not None}
    return client.post(path, form).status_code


def offered(client: Client, checkout: Checkout) -> list[str]:
    return [str(radio["value"]) for radio in soup(client.get(f"/checkout/{checkout.code}/")).select("[name=method]")]


def test_list_says_who_may_use_it_for_what(staff_client: Client) -> None:
    cash = PaymentMethod.objects.get(code="cash")
    cash.user_types.add(make_user_type(name="Students"), make_user_type(name="Tenants"))
    PaymentMethod.objects.filter(code="cash").update(for_guests=True, kinds=["permit"], ledger_code="1010")
    page = BeautifulSoup(staff_client.get(LIST).content, "html.parser")
    rows = {
        str(row.select_one(".field-code").get_text()): [  # type: ignore[union-attr]
            str(row.select_one(f".field-{name}").get_text())  # type: ignore[union-attr]
            for name in ("who", "what", "settles", "ledger_code")
        ]
        for row in page.select("#result_list tbody tr")
    }
    assert rows == {
        "card": ["Users, Guests", "Everything", "By the card provider", "-"],
        "cash": ["Students, Tenants, Guests", "Permits", "When the office processes it", "1010"],
        "payroll": ["Staff only", "Everything", "At once", "-"],
        "eft": ["Staff only", "Everything", "At once", "-"],
        "credit": ["Staff only", "Everything", "At once", "-"],
        "collections": ["Staff only", "Violations", "At once", "-"],
    }


def test_items_to_choose_from_are_what_can_be_paid_here(staff_client: Client) -> None:
    page = BeautifulSoup(staff_client.get(page_of("cash")).content, "html.parser")
    kinds = [str(box["value"]) for box in page.select("input[name=kinds]")]
    assert {"permit", "violation"} <= set(kinds)
    assert save(staff_client, page_of("cash"), kinds=["violation"]) == 302
    assert PaymentMethod.objects.get(code="cash").kinds == ["violation"]
    assert save(staff_client, page_of("cash"), kinds=["houses"]) == 200


def test_switched_off_method_is_gone_from_open_checkouts_at_once(
    staff_client: Client, resident_client: Client, checkout: Checkout
) -> None:
    assert offered(resident_client, checkout) == ["card", "cash"]
    assert save(staff_client, page_of("cash"), active=None) == 302
    assert offered(resident_client, checkout) == ["card"]
    response = resident_client.post(f"/checkout/{checkout.code}/", {"method": "cash", "email": "a@example.test"})
    assert (response.status_code, checkout.payments.count()) == (200, 0)


def test_method_for_one_user_type_is_offered_to_it_alone(
    resident_client: Client, checkout: Checkout, resident: User
) -> None:
    kind = make_user_type()
    PaymentMethod.objects.get(code="cash").user_types.add(kind)
    assert offered(resident_client, checkout) == ["card"]
    User.objects.filter(pk=resident.pk).update(user_type=kind)
    assert offered(resident_client, checkout) == ["card", "cash"]


def test_new_method_has_its_name_in_each_language_and_is_offered(
    staff_client: Client, resident_client: Client, checkout: Checkout
) -> None:
    named = {"name_en": "Bank Transfer", "name_fr": "Virement", "name_es": "Transferencia", "code": "transfer"}
    form = named | {"settles": "promise", "active": "on", "for_users": "on", "position": "1", "ledger_code": ""}
    assert staff_client.post(f"{LIST}add/", form).status_code == 302
    assert offered(resident_client, checkout) == ["card", "cash", "transfer"]
    resident_client.cookies["language"] = "fr"
    texts = [
        tag.get_text() for tag in soup(resident_client.get(f"/checkout/{checkout.code}/")).select(".choice strong")
    ]
    assert texts[-1] == "Virement"


def test_promise_by_another_method_names_it_and_no_counter(checkout: Checkout, resident_client: Client) -> None:
    PaymentMethod.objects.filter(code="eft").update(settles="promise", active=True, for_users=True)
    promise_payment(checkout, method_code="eft", email="a@example.test")
    text = soup(resident_client.get(f"/checkout/{checkout.code}/promised/")).get_text()
    assert "EFT, by" in text
    assert "Bring it" not in text


@pytest.mark.parametrize(
    ("code", "changed"),
    [("cash", {"settles": "provider"}), ("card", {"settles": "promise"}), ("cash", {"settles": "at_once"})],
)
def test_what_cannot_be_is_refused(staff_client: Client, code: str, changed: dict[str, str]) -> None:
    before = PaymentMethod.objects.get(code=code).settles
    assert save(staff_client, page_of(code), **changed) == 200
    assert PaymentMethod.objects.get(code=code).settles == before


def test_built_in_methods_keep_their_code_and_cannot_be_deleted(staff_client: Client) -> None:
    for code in PaymentMethod.BUILT_IN:
        path = page_of(code)
        assert staff_client.post(path.replace("change", "delete"), {"post": "yes"}).status_code == 403
        save(staff_client, path, code="renamed")
    assert sorted(PaymentMethod.objects.values_list("code", flat=True)) == sorted(PaymentMethod.BUILT_IN)
    own = PaymentMethod.objects.create(code="own", name="Own")
    assert staff_client.post(f"{LIST}{own.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not PaymentMethod.objects.filter(code="own").exists()


def test_finance_edits_and_cashiers_look(db: None) -> None:
    cashier, finance = client_of("Cashier"), client_of("Finance")
    assert (cashier.get(page_of("cash")).status_code, cashier.post(page_of("cash"), {}).status_code) == (200, 403)
    assert save(finance, page_of("cash"), ledger_code="1020") == 302
    assert PaymentMethod.objects.get(code="cash").ledger_code == "1020"
    assert client_of("Appeals").get(LIST).status_code == 403


def test_list_costs_the_same_however_long(staff_client: Client, settings: Settings) -> None:
    settings.REDIS_URL = ""
    count_queries(staff_client, LIST)
    assert count_queries(staff_client, LIST) == 7
    for number in range(3):
        PaymentMethod.objects.create(code=f"m{number}", name="M").user_types.add(make_user_type())
    assert count_queries(staff_client, LIST) == 7


@pytest.mark.django_db
def test_method_is_offered_through_its_last_day() -> None:
    user = make_user()
    for day, offered in ((today(), True), (today() - timedelta(days=1), False)):
        PaymentMethod.objects.filter(code="cash").update(last_day=day)
        assert (
            "cash" in {method.code for method in PaymentMethod.objects.offered_to(user, lambda: {"permit"})}
        ) is offered
