"""Statement on screen, as PDF and as CSV, for the person, the company and the office."""

import pytest
from django.test import Client

from accounts.models import User
from opscom.lib.dates import today
from payments.services.attempts import resolve_payment
from tests.accounts.acting import Staffed
from tests.conftest import sign_in
from tests.factories import make_charge, make_checkout, make_member, make_user
from tests.payments.conftest import begin, pay_at_provider
from tests.payments.views.counting import queries
from tests.payments.views.page import soup

pytestmark = pytest.mark.django_db
URL = "/payments/statement/"


def amounts(client: Client, url: str) -> list[str]:
    return [tag.get_text() for tag in soup(client.get(url)).select(".money")]


def test_statement_shows_balances_sums_and_lines(resident_client: Client, resident: User) -> None:
    make_charge(resident, amount="50.00")
    make_charge(make_user(), amount="7.00")
    assert amounts(resident_client, URL) == ["$0.00", "$50.00", "$0.00", "$0.00", "$0.00", "$50.00", "$50.00"]


def test_other_days_are_asked_for(resident_client: Client, resident: User) -> None:
    make_charge(resident, amount="50.00")
    page = soup(resident_client.get(f"{URL}?first=2020-01-01&last=2020-12-31"))
    assert [tag.get_text() for tag in page.select(".empty h2")] == ["Nothing happened in this period."]


@pytest.mark.parametrize(
    "asked", ["first=2026-05-01&last=2026-04-01", "first=x", "last=9999-12-31", "first=0001-01-01"]
)
def test_impossible_days_are_said(resident_client: Client, asked: str) -> None:
    assert len(soup(resident_client.get(f"{URL}?{asked}")).select(".field-error, .errorlist, [id$=_error]")) == 1


def test_csv_holds_each_line_and_runs_no_formula(resident_client: Client, resident: User) -> None:
    charge = make_charge(resident, amount="50.00")
    charge.description = "=1+1"
    charge.save()
    answer = resident_client.get(f"{URL}?as=csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.decode("utf-8-sig").splitlines()[1:] == [
        f"{today().replace(month=1, day=1)},Opening balance,,,,,0.00",
        f"{today()},'=1+1,50.00,,,,50.00",
        f"{today()},Closing balance,50.00,0.00,0.00,0.00,50.00",
    ]


def test_pdf_is_one(resident_client: Client) -> None:
    answer = resident_client.get(f"{URL}?as=pdf")
    assert (answer.headers["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")


def test_company_statement_is_for_those_who_pay_for_it() -> None:
    staffed = Staffed()
    make_charge(staffed.person, amount="50.00")
    assert amounts(staffed.client, "/company/statement/")[-1] == "$50.00"


def test_who_pays_for_the_company_now_opens_its_receipts_from_the_statement() -> None:
    staffed = Staffed()
    payment = begin(make_checkout([make_charge(staffed.person)], staffed.manager.user, company=staffed.company))
    pay_at_provider(payment)
    receipt = resolve_payment(payment).receipt
    billing = make_member(staffed.company, billing_contact=True)
    client, path = sign_in(Client(), billing.user), f"/receipts/{receipt.code}/"
    [link] = soup(client.get("/company/statement/")).select("main li a")
    assert (link["href"], link.get_text()) == (path, f"Credit Card, receipt {receipt.number}")
    assert [client.get(address).status_code for address in (path, f"{path}pdf/")] == [200, 200]
    assert sign_in(Client(), staffed.person).get(path).status_code == 404
    billing.active = False
    billing.save()
    assert client.get(path).status_code == 404


def test_office_sees_a_persons_statement(staff_client: Client, resident: User) -> None:
    make_charge(resident, amount="50.00")
    page = soup(staff_client.get(f"/admin/accounts/user/{resident.pk}/statement/"))
    assert [cell.get_text() for cell in page.select("#content table td")][-1] == "$50.00"
    assert (
        f"/admin/accounts/user/{resident.pk}/statement/"
        in staff_client.get(f"/admin/accounts/user/{resident.pk}/change/").content.decode()
    )


def test_post_is_refused(resident_client: Client) -> None:
    assert resident_client.post(URL).status_code == 405


@pytest.mark.parametrize("rows", [1, 3])
def test_statement_costs_the_same_for_three_charges(resident_client: Client, resident: User, rows: int) -> None:
    make_checkout([make_charge(resident) for _row in range(rows)], resident)
    with queries(7):
        resident_client.get(URL)
