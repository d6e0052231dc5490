"""Several promises in one cash-up: the count decides, each promise stands for itself."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from opscom.lib.dates import today
from payments.errors import PaymentRefused
from payments.models import CashDrawer, Payment
from payments.models.payment import ReceivedAs
from payments.services.cashing import cash_up
from payments.services.drawers import expected_cash, open_drawer
from payments.services.promises import promise_payment, withdraw_promise
from payments.services.sheet import day_sheet
from tests.conftest import sign_in
from tests.factories import make_checkout, make_user
from tests.payments.test_admin import OTHERS, client_of
from tests.payments.test_credits import dec, owe

PAGE = "/admin/payments/payment/cash-up/"
pytestmark = pytest.mark.django_db


def promise(amount: str, **fields: str) -> Payment:
    payer = make_user(**fields)
    return promise_payment(make_checkout([owe(payer, amount=amount)], payer), email=payer.email)


def states(*payments: Payment) -> list[str]:
    return [Payment.objects.get(pk=payment.pk).state for payment in payments]


def test_each_promise_gets_its_receipt_and_the_drawer_and_the_sheet_agree(staff: User) -> None:
    drawer = open_drawer(staff, float_amount=dec("100.00"))
    one, two, other = promise("20.00"), promise("30.50"), promise("9.00")
    taken = cash_up([two, one], counted=dec("50.50"), received_as=ReceivedAs.CASH, by=staff)
    assert [(row.payment.pk, row.payment.received, row.refusal) for row in taken] == [
        (one.pk, dec("20.00"), ""),
        (two.pk, dec("30.50"), ""),
    ]
    assert [row.payment.receipt.number[-5:] for row in taken] == ["00001", "00002"]
    assert states(one, two, other) == ["confirmed", "confirmed", "promised"]
    assert expected_cash(drawer, timezone.now()) == dec("150.50")
    assert day_sheet(today()).total.came_in == dec("50.50")


def test_nothing_is_processed_where_the_count_differs(staff: User) -> None:
    one, two = promise("20.00"), promise("30.00")
    with pytest.raises(PaymentRefused) as refused:
        cash_up([one, two], counted=dec("45.00"), received_as=ReceivedAs.CASH, by=staff)
    assert str(refused.value) == (
        "Counted $45.00, but the ticked promises come to $50.00: $5.00 differ. Nothing is processed."
    )
    assert states(one, two) == ["promised", "promised"]


def test_one_that_was_withdrawn_meanwhile_stays_so_and_the_other_is_processed(staff: User) -> None:
    one, two = promise("20.00"), promise("30.00")
    withdraw_promise(one, by=staff)
    taken = cash_up([one, two], counted=dec("50.00"), received_as=ReceivedAs.CHEQUE, by=staff)
    assert [row.refusal for row in taken] == ["It is no promise any more. Look at the payment.", ""]
    assert states(one, two) == ["cancelled", "confirmed"]


def test_cashier_finds_ticks_counts_and_reads_the_receipts(settings: Settings) -> None:
    settings.REDIS_URL = ""
    cashier = make_user(is_staff=True, is_superuser=True)
    client = sign_in(Client(), cashier)
    CashDrawer.objects.create(cashier=cashier, float_amount=dec("10.00"))
    ada, ben = promise("20.00", last_name="Adams"), promise("30.00", last_name="Bell")
    Payment.objects.filter(pk=ben.pk).update(promise_due_on=today() - timedelta(days=1))
    listed = BeautifulSoup(client.get(PAGE).content, "html.parser")
    assert [box["value"] for box in listed.select("input[name=promise]")] == [str(ben.pk), str(ada.pk)]
    found = BeautifulSoup(client.get(PAGE, {"q": "Adams"}).content, "html.parser")
    assert [box["value"] for box in found.select("input[name=promise]")] == [str(ada.pk)]

    both = {"promise": [ada.pk, ben.pk]}
    counting = client.post(PAGE, both).content.decode()
    assert "2 promises come to" in counting
    assert "$50.00" in counting
    wrong = client.post(PAGE, both | {"counted": "49.00", "received_as": "cash"}).content.decode()
    assert "$1.00 differ. Nothing is processed." in wrong
    assert states(ada, ben) == ["promised", "promised"]
    done = client.post(PAGE, both | {"counted": "50.00", "received_as": "cash"}, follow=True)
    rows = BeautifulSoup(done.content, "html.parser").select("tbody tr")
    assert [row.select_one("td:last-child").get_text() for row in rows] == ["$20.00", "$30.00", "$50.00"]  # type: ignore[union-attr]
    again = client.post(PAGE, both | {"counted": "50.00", "received_as": "cash"}, follow=True)
    assert "Tick the promises whose money you have." in again.content.decode()


def test_list_costs_the_same_with_more_promises(staff_client: Client, settings: Settings) -> None:
    settings.REDIS_URL = ""

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            staff_client.get(PAGE)
        return len(captured)

    promise("20.00")
    count()
    before = count()
    for _ in range(2):
        promise("20.00")
    assert count() == before == 6


@pytest.mark.parametrize("role", OTHERS[:1])
def test_only_who_processes_payments_may_cash_up(role: str) -> None:
    assert client_of(role).get(PAGE).status_code == 403
