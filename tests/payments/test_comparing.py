"""Each night the provider's movements of a day are laid beside our books."""

from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from time_machine import travel

from accounts.models import Mail, User
from opscom.lib.dates import start_of_day, today
from payments.errors import PaymentRefused, ProviderUnreachable
from payments.models import Comparison, Difference, Payment, Refund, SandboxCard, SandboxSession
from payments.providers.base import Movement, Offers
from payments.providers.sandbox import SandboxProvider
from payments.services.attempts import end_attempt, resolve_payment
from payments.services.comparing import SETTLES_AFTER, close_difference, compare_day, due_comparisons
from payments.services.refund_sending import send_refund
from payments.services.refunds import request_refund
from payments.services.stored import charge_card
from payments.tasks import compare_days, compare_one
from tests.factories import change_office, make_charge, make_checkout, make_stored_card
from tests.payments.conftest import begin, pay_at_provider

pytestmark = pytest.mark.django_db
Found = list[tuple[str, str, Decimal, Decimal]]


@pytest.fixture
def paid(payment: Payment) -> Payment:
    """$30 by card today."""
    SandboxSession.objects.update(paid_at=timezone.now())
    pay_at_provider(payment)
    return resolve_payment(payment)


@pytest.fixture(params=["listed", "asked"])
def _either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider that lists its movements, and one that cannot."""
    if request.param == "asked":
        monkeypatch.setattr(SandboxProvider, "offers", SandboxProvider.offers & ~Offers.MOVEMENTS)


def compare(day: date | None = None) -> Found:
    """What differs on that day (today, if none is given)."""
    comparison = compare_day("sandbox", day or today())
    return list(comparison.differences.values_list("kind", "reference", "ours", "theirs"))


def listed(monkeypatch: pytest.MonkeyPatch, *movements: Movement) -> None:
    """The provider lists these."""
    monkeypatch.setattr(SandboxProvider, "movements", lambda *_args: list(movements))


@pytest.mark.usefixtures("_either_way")
def test_day_that_agrees_has_no_differences(paid: Payment) -> None:
    assert compare() == []
    assert Comparison.objects.get().asked == 1


@pytest.mark.usefixtures("_either_way")
def test_day_with_a_refund_agrees(paid: Payment, staff: User) -> None:
    charge = paid.checkout.lines.get().charge
    [refund] = request_refund(paid, amount=Decimal("10.00"), reason="Wrong plate", by=staff, charge=charge)
    assert send_refund(refund).state == "done"
    assert compare() == []
    assert Comparison.objects.get().asked == 2


@pytest.mark.usefixtures("_either_way")
def test_money_of_an_attempt_that_was_given_up_is_found_and_booked(payment: Payment) -> None:
    end_attempt(payment, "expire")
    SandboxSession.objects.update(paid_at=timezone.now())
    pay_at_provider(payment)
    assert compare() == []
    payment.refresh_from_db()
    assert payment.state == "confirmed"


@pytest.mark.usefixtures("_either_way")
def test_what_we_booked_and_the_provider_never_had(paid: Payment) -> None:
    SandboxSession.objects.update(state="expired")
    assert compare() == [("missing_there", paid.code, Decimal("30.00"), Decimal("0.00"))]


@pytest.mark.usefixtures("_either_way")
def test_other_amount_at_the_provider(paid: Payment) -> None:
    SandboxSession.objects.update(amount=Decimal("29.00"))
    assert compare() == [("amount", paid.code, Decimal("30.00"), Decimal("29.00"))]


@pytest.mark.usefixtures("_either_way")
def test_charge_of_a_stored_card_agrees(resident: User) -> None:
    kept = SandboxCard.objects.create(
        customer_ref=f"sbu_{resident.pk}", brand="Visa", last4="4242", exp_month=12, exp_year=2040
    )
    card = make_stored_card(resident, token=kept.token, customer_ref=kept.customer_ref)
    assert charge_card(make_checkout([make_charge(resident, kind="opening")], resident), card=card).state == "confirmed"
    assert compare() == []
    assert Comparison.objects.get().asked == 1


def test_movement_that_names_nothing_of_ours(paid: Payment, monkeypatch: pytest.MonkeyPatch) -> None:
    listed(monkeypatch, Movement("their-1", "", Decimal("12.00"), "CAD", timezone.now()))
    assert compare() == [("missing_here", "", Decimal("0.00"), Decimal("12.00"))]
    assert Difference.objects.get().provider_ref == "their-1"


def test_movement_in_another_currency(paid: Payment, monkeypatch: pytest.MonkeyPatch) -> None:
    listed(monkeypatch, Movement(paid.provider_ref, paid.code, Decimal("30.00"), "USD", timezone.now()))
    assert compare() == [("missing_here", paid.code, Decimal("0.00"), Decimal("30.00"))]


def test_money_that_we_heard_of_a_day_later_agrees_on_both_days(payment: Payment) -> None:
    SandboxSession.objects.update(paid_at=timezone.now())
    pay_at_provider(payment)
    with travel(timezone.now() + timedelta(days=1)):
        resolve_payment(payment)
    assert compare() == []
    assert compare(today() + timedelta(days=1)) == []


def test_refund_that_failed_later_agrees_on_both_days(
    paid: Payment, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    charge = paid.checkout.lines.get().charge
    [refund] = request_refund(paid, amount=Decimal("10.00"), reason="Wrong plate", by=staff, charge=charge)
    refund = send_refund(refund)
    out = Movement(refund.provider_ref, refund.reference, Decimal("-10.00"), "CAD", timezone.now())
    taken = Movement(paid.provider_ref, paid.code, Decimal("30.00"), "CAD", timezone.now())
    listed(monkeypatch, taken, out)
    assert compare() == []
    back = Movement(refund.provider_ref, refund.reference, Decimal("10.00"), "CAD", timezone.now())
    listed(monkeypatch, back)
    tomorrow = today() + timedelta(days=1)
    assert compare(tomorrow) == [("missing_here", refund.reference, Decimal("0.00"), Decimal("10.00"))]
    from payments.services.refund_books import fail_refund
    from payments.services.refunds import lock_refund

    fail_refund(lock_refund(Refund.objects.get()), at=timezone.now() + timedelta(days=2), reason="account closed")
    assert compare(today() + timedelta(days=2)) == []


def test_silent_provider_is_compared_another_time(paid: Payment, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_args: object) -> None:
        raise ProviderUnreachable("silence")

    monkeypatch.setattr(SandboxProvider, "movements", unreachable)
    compare_one(provider="sandbox", day=today().isoformat())
    assert Comparison.objects.count() == 0


def test_day_is_compared_once_and_differences_stand_once(paid: Payment) -> None:
    SandboxSession.objects.update(state="expired")
    for _ in range(2):
        compare_one(provider="sandbox", day=today().isoformat())
    assert (Comparison.objects.count(), Difference.objects.count()) == (1, 1)


def test_days_that_are_over_for_two_hours_are_due_until_they_are_compared(payment: Payment) -> None:
    midnight = start_of_day(date(2026, 11, 10))
    with travel(midnight + timedelta(hours=1, minutes=59)):
        assert due_comparisons()[-1] == ("sandbox", date(2026, 11, 8))
    with travel(midnight + timedelta(hours=2)):
        due = due_comparisons()
        assert due == [("sandbox", date(2026, 11, 3) + timedelta(days=n)) for n in range(7)]
        compare_days()
        Comparison.objects.create(provider="sandbox", day=due[0][1], asked=0)
        assert due_comparisons() == due[1:]


def test_staff_are_told_of_differences_and_not_of_a_day_that_agrees(paid: Payment) -> None:
    change_office(staff_email="desk@example.test")
    compare(today() - timedelta(days=1))
    assert Mail.objects.filter(kind="books").count() == 0
    SandboxSession.objects.update(state="expired")
    compare()
    mail = Mail.objects.get(kind="books")
    assert mail.subject == f"sandbox and our books differ on {today():%m/%d/%Y}"
    assert f"/admin/payments/difference/?comparison__id__exact={Comparison.objects.latest('day').pk}" in mail.text


# Closing ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def difference(paid: Payment) -> Difference:
    """$30 that the provider does not have."""
    SandboxSession.objects.update(state="expired")
    compare()
    return Difference.objects.get()


def test_difference_is_closed_once_and_with_a_reason(difference: Difference, staff: User) -> None:
    for reason, code in (("  ", "reason"), ("Booked by hand", ""), ("Again", "closed")):
        if not code:
            close_difference(difference, by=staff, reason=reason)
            continue
        with pytest.raises(PaymentRefused) as refusal:
            close_difference(difference, by=staff, reason=reason)
        assert refusal.value.code == code
    assert list(Difference.objects.open()) == []


def test_office_sees_it_in_the_queue_and_closes_it(difference: Difference, staff_client: Client, staff: User) -> None:
    assert "Differences to the card provider" in staff_client.get("/admin/").content.decode()
    page = staff_client.get("/admin/payments/difference/?open=yes").content.decode()
    assert difference.reference in page
    address = f"/admin/payments/difference/{difference.pk}/change/"
    assert "Say why" in staff_client.post(address, {"reason": ""}).content.decode()
    assert staff_client.post(address, {"reason": "Booked by hand"}).status_code == 302
    difference.refresh_from_db()
    assert (difference.reason, difference.closed_by) == ("Booked by hand", staff)
    staff_client.get(address)  # which shows the message, and it names the difference
    assert difference.reference not in staff_client.get("/admin/payments/difference/?open=yes").content.decode()
    assert staff_client.post(address, {"reason": "Other words"}).status_code == 403


# The command --------------------------------------------------------------------------------------------------------


def test_command_asks_about_what_is_unsure_and_compares_the_days(payment: Payment, resident: User) -> None:
    pay_at_provider(payment)
    other = begin(make_checkout([make_charge(resident)], resident))
    out = StringIO()
    call_command("reconcile", stdout=out)
    yesterday = today(timezone.now() - SETTLES_AFTER) - timedelta(days=1)
    assert f"payment {payment.code}: confirmed\n" in out.getvalue()
    assert f"payment {other.code}: redirected" in out.getvalue()
    assert f"sandbox {yesterday}: 0 compared, 0 different\n" in out.getvalue()


def test_command_compares_no_day_that_is_not_over(payment: Payment) -> None:
    with pytest.raises(CommandError):
        call_command("reconcile", day=today(), stdout=StringIO())
