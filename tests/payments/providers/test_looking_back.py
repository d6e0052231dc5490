"""A void or a refund in the merchant's own portal, where the provider lists no movements: found by asking about each payment."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Mail, User
from opscom.lib.dates import today
from payments.models import Comparison, Difference, Payment, Refund
from payments.providers import provider_named
from payments.providers.base import Offers
from payments.services import looking_back
from payments.services.attempts import describe_attempt, resolve_payment
from payments.services.looking_back import DAYS_BACK, due_look_backs, look_back
from payments.services.outside import note_refund
from payments.services.refund_sending import describe_refund
from payments.services.refunds import request_refund
from payments.tasks import look_back_one, send_refund
from tests.factories import change_office, make_checkout
from tests.payments.conftest import begin
from tests.payments.providers.worlds import EdgeExpressWorld, MonerisWorld, World, over
from tests.payments.refunding import tickets

VOID = {"moneris": "purchasecorrection", "edgeexpress": "CREDITVOID"}
RETURN = {"moneris": "refund", "edgeexpress": "CREDITRETURN"}
Found = list[tuple[str, Decimal, Decimal]]
Portal = Callable[..., None]


def pay(world: World, user: User, amount: str = "50.00") -> Payment:
    """So much by card, in our books."""
    attempt = begin(make_checkout(tickets(user, amount), user))
    world.pay(describe_attempt(attempt))
    payment = resolve_payment(attempt)
    assert payment.state == "confirmed"
    return payment


def in_their_portal(world: World, payment: Payment, kinds: dict[str, str], cents: int = 0) -> None:
    """Somebody gives it back there, all of it where no cents are named."""
    assert isinstance(world, MonerisWorld | EdgeExpressWorld)
    world.peer.control("portal", order=payment.code, kind=kinds[world.provider.name], cents=cents)


def night(world: World, later: int = 0) -> Found:
    """What that night adds, or the one so many days later: its day has been compared."""
    day = today() + timedelta(days=later)
    comparison = Comparison.objects.create(provider=world.provider.name, day=day, asked=0)
    look_back(comparison)
    assert comparison.looked_back_at
    return list(comparison.differences.values_list("kind", "ours", "theirs"))


@over(Offers.LOOK_BACK)
def test_void_in_their_portal_is_found_once_and_staff_are_told(world: World, resident: User) -> None:
    change_office(staff_email="desk@example.test")
    payment = pay(world, resident)
    pay(world, resident, "20.00")
    in_their_portal(world, payment, VOID)
    assert night(world) == [("missing_here", Decimal("0.00"), Decimal("-50.00"))]
    assert Difference.objects.get().payment == payment
    assert Mail.objects.filter(kind="books").count() == 1
    assert night(world, later=1) == []


@over(Offers.LOOK_BACK)
def test_refunds_of_ours_are_no_difference(world: World, resident: User, desk: User) -> None:
    for amounts in (["20.00"], ["20.00", "30.00"], ["50.00"]):
        payment = pay(world, resident)
        [charge] = [line.charge for line in payment.checkout.lines.all()]
        for amount in amounts:
            [refund] = request_refund(payment, amount=Decimal(amount), charge=charge, reason="sold", by=desk)
            send_refund(refund_id=refund.pk)
    assert night(world) == []


@over(Offers.LOOK_BACK)
def test_refund_under_way_is_not_judged_before_it_has_a_name(world: World, resident: User, desk: User) -> None:
    payment = pay(world, resident)
    [charge] = [line.charge for line in payment.checkout.lines.all()]
    [refund] = request_refund(payment, amount=Decimal("50.00"), charge=charge, reason="sold", by=desk)
    in_their_portal(world, payment, VOID)  # as if the answer to ours had been lost
    assert (refund.state, night(world)) == ("created", [])


@pytest.mark.parametrize("world", ["moneris"], indirect=True)
def test_moneris_finds_a_refund_of_all_or_of_the_rest_or_like_one_of_ours(
    world: World, resident: User, desk: User
) -> None:
    whole, rest, again = (pay(world, resident) for _ in range(3))
    in_their_portal(world, whole, RETURN)
    for payment in (rest, again):
        [charge] = [line.charge for line in payment.checkout.lines.all()]
        [refund] = request_refund(payment, amount=Decimal("20.00"), charge=charge, reason="sold", by=desk)
        send_refund(refund_id=refund.pk)
    in_their_portal(world, rest, RETURN, 3000)
    in_their_portal(world, again, RETURN, 2000)
    assert [theirs for _kind, _ours, theirs in night(world)] == [
        Decimal("-50.00"),
        Decimal("-30.00"),
        Decimal("-20.00"),
    ]


@pytest.mark.parametrize("world", ["edgeexpress"], indirect=True)
def test_edgeexpress_tells_of_a_return_but_not_how_much(world: World, resident: User) -> None:
    in_their_portal(world, pay(world, resident), RETURN, 2000)
    assert night(world) == [("untold", Decimal("0.00"), Decimal("0.00"))]


@pytest.mark.parametrize("world", ["moneris"], indirect=True)
def test_what_staff_have_booked_meanwhile_is_no_difference(world: World, resident: User) -> None:
    payment = pay(world, resident)
    in_their_portal(world, payment, RETURN, 5000)
    order = describe_refund(Refund(payment=payment, amount=payment.amount))
    for outcome in provider_named("moneris").look_back(order):
        note_refund(payment, outcome)
    assert night(world) == []


@pytest.mark.parametrize("world", ["moneris"], indirect=True)
def test_only_the_last_days_are_asked_about_a_few_at_once_and_whoever_dies_goes_on_there(
    world: World, resident: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking_back, "AT_ONCE", 2)
    old, *payments = (pay(world, resident) for _ in range(4))
    Payment.objects.filter(pk=old.pk).update(created_at=old.created_at - timedelta(days=DAYS_BACK + 2))
    for payment in (old, *payments):
        in_their_portal(world, payment, VOID)
    comparison = Comparison.objects.create(provider="moneris", day=today(), asked=0)
    seen = []
    for _minute in range(3):
        for pk in due_look_backs():
            look_back_one(comparison_id=pk)
            seen.append(comparison.differences.count())
    assert seen == [2, 3]
    assert set(comparison.differences.values_list("payment", flat=True)) == {payment.pk for payment in payments}


@pytest.mark.parametrize("world", ["moneris"], indirect=True)
def test_of_two_workers_at_one_time_one_notes_it(world: World, resident: User) -> None:
    in_their_portal(world, pay(world, resident), VOID)
    first = Comparison.objects.create(provider="moneris", day=today(), asked=0)
    second = Comparison.objects.get()
    look_back(first)
    look_back(second)
    assert Difference.objects.count() == 1


@over(Offers.LOOK_BACK)
def test_provider_that_is_silent_about_one_payment_does_not_hide_the_others(world: World, resident: User) -> None:
    silent, voided = pay(world, resident), pay(world, resident)
    in_their_portal(world, silent, VOID)
    in_their_portal(world, voided, VOID)
    world.break_answer("error", moving=False)
    night(world)
    assert [row.payment for row in Difference.objects.all()] == [voided]
    night(world, later=1)
    assert {row.payment for row in Difference.objects.all()} == {silent, voided}


@pytest.mark.parametrize("world", ["sandbox"], indirect=True)
def test_provider_with_a_list_is_not_asked_about_each_payment(world: World) -> None:
    Comparison.objects.create(provider="sandbox", day=today(), asked=0)
    assert due_look_backs() == []
