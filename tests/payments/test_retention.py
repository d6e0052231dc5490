"""What does not stay of guests who paid, and what does."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from opscom.lib import retention
from opscom.lib.append_only import rewriting_history
from payments.models import Checkout, LedgerEntry, Payment, PaymentPlan, ProviderEvent, Refund
from payments.services.ledger_check import find_problems
from payments.services.plans.agreeing import agree_offer, ask_plan
from payments.services.plans.ending import cancel_plan
from payments.services.plans.following import follow_plans
from payments.services.plans.terms import Guest
from tests.factories import (
    change_office,
    make_checkout,
    make_offence,
    make_payment,
    make_user,
    make_vehicle,
    make_violation,
)
from tests.payments.plans.test_paying import pay
from violations.models import Violation
from violations.services.verbs import void_violation

pytestmark = pytest.mark.django_db
NOW = timezone.now()
OLD = NOW - timedelta(days=90, minutes=1)


def at_night() -> dict[str, int]:
    """What is due of guests who paid, and that it is done."""
    change_office(guest_days=90)
    found = {
        row["key"]: row["due"] for row in retention.schedule(NOW) if row["key"] in ("guest_checkouts", "guest_plans")
    }
    retention.apply_retention(NOW)
    return found


def make_paid(user: User | None = None, *, created_at: datetime = OLD, **fields: Any) -> Checkout:
    """A checkout with an address, and a payment in that state."""
    charge = make_violation(make_vehicle(user) if user else None).charge
    checkout = make_checkout([charge], user, email="kim@example.test")
    payment = make_payment(checkout, **fields)
    Checkout.objects.filter(pk=checkout.pk).update(created_at=created_at, email="kim@example.test")
    ProviderEvent.objects.create(
        provider="sandbox", event_id=payment.code, kind="x", body='{"email": "kim@example.test"}', payment=payment
    )
    return checkout


def left(*checkouts: Checkout) -> list[tuple[str, str]]:
    """The address of each, and what the provider said of it."""
    rows = [Checkout.objects.get(pk=checkout.pk) for checkout in checkouts]
    return [(row.email, row.payments.get().provider_events.get().body) for row in rows]


def test_address_of_a_guest_who_paid_goes_after_its_days_and_the_money_stays(staff: User) -> None:
    charge = make_violation().charge
    checkout = make_checkout([charge], email="kim@example.test")
    pay(checkout, staff)
    Checkout.objects.filter(pk=checkout.pk).update(created_at=OLD, email="kim@example.test")
    payment = Payment.objects.get()
    assert at_night() == {"guest_checkouts": 1, "guest_plans": 0}
    checkout.refresh_from_db()
    assert (checkout.email, payment.receipt.payment_id, find_problems()) == ("", payment.pk, [])
    assert at_night() == {"guest_checkouts": 0, "guest_plans": 0}


def test_what_is_young_under_way_or_on_an_account_keeps_its_address(resident: User) -> None:
    whole = ("kim@example.test", '{"email": "kim@example.test"}')
    ended = make_paid(state="failed")
    kept = [
        make_paid(state="failed", created_at=NOW - timedelta(days=89)),
        make_paid(state="redirected"),
        make_paid(state="promised"),
        make_paid(resident, state="failed"),
    ]
    assert at_night() == {"guest_checkouts": 1, "guest_plans": 0}
    assert left(ended, *kept) == [("", "{}"), *[whole] * 4]


def give_back(checkout: Checkout, state: str, *, external: bool = False) -> None:
    """A refund of its payment in that state."""
    payment = checkout.payments.get()
    Refund.objects.create(payment=payment, amount=Decimal("5.00"), target="card", state=state, external=external)


def test_address_stays_while_money_of_it_goes_back_and_while_somebody_has_to_look(staff: User) -> None:
    whole = ("kim@example.test", '{"email": "kim@example.test"}')
    kept = [make_paid(state="confirmed") for _state in range(5)]
    for checkout, state in zip(kept, ("requested", "created", "transit", "failed"), strict=False):
        give_back(checkout, state)
    Payment.objects.filter(checkout=kept[4]).update(attention="mismatch")
    replaced, theirs, rejected = (make_paid(state="confirmed") for _state in range(3))
    for state in ("failed", "done"):
        give_back(replaced, state)
    give_back(theirs, "failed", external=True)
    give_back(rejected, "rejected")
    assert at_night()["guest_checkouts"] == 3
    assert left(*kept, replaced, theirs, rejected) == [*[whole] * 5, *[("", "{}")] * 3]


def test_address_stays_while_a_surplus_is_theirs(staff: User) -> None:
    checkout = make_checkout([make_violation().charge], email="kim@example.test")
    pay(checkout, staff)
    payment = Payment.objects.get()
    for account, amount in (("surplus", "-5.00"), ("cash", "5.00")):
        LedgerEntry.objects.create(payment=payment, account=account, amount=Decimal(amount), key=f"twice:{account}")
    Checkout.objects.update(created_at=OLD, email="kim@example.test")
    assert at_night()["guest_checkouts"] == 0


def test_what_a_provider_reports_after_the_address_is_gone_goes_too() -> None:
    checkout = make_paid(state="failed")
    at_night()
    late = {"provider": "sandbox", "kind": "dispute", "body": "Kim Lee", "payment": checkout.payments.get()}
    for event_id, outcome in (("late", "done"), ("unread", "received")):
        ProviderEvent.objects.create(event_id=event_id, outcome=outcome, **late)
    at_night()
    assert ProviderEvent.objects.filter(body="Kim Lee").count() == 2
    ProviderEvent.objects.filter(body="Kim Lee").update(received_at=OLD)
    at_night()
    assert list(ProviderEvent.objects.filter(body="Kim Lee").values_list("event_id", flat=True)) == ["unread"]


def make_guest_plan() -> PaymentPlan:
    """One that a guest has agreed to."""
    change_office(payment_plans=True)
    offence = make_offence(amount=Decimal("120.00"), reduced_amount=None)
    charge = make_violation(offence=offence, issued_at=OLD - timedelta(days=60)).charge
    assert charge
    asked = {"email": "kim@example.test", "language": "en", "shown": Decimal("120.00"), "count": 2}
    at = OLD - timedelta(days=50)
    return agree_offer(ask_plan(Guest((charge.pk,)), **asked, at=at), by=None, at=at)  # type: ignore[arg-type]


def test_address_of_a_plan_stays_while_it_runs_and_goes_once_it_has_ended(staff: User) -> None:
    plan = make_guest_plan()
    assert at_night()["guest_plans"] == 0
    cancel_plan(plan, reason="Paid by telephone", by=staff, at=NOW - timedelta(days=89))
    assert at_night()["guest_plans"] == 0
    with rewriting_history():
        plan.events.update(at=OLD)
    assert at_night()["guest_plans"] == 1
    plan.refresh_from_db()
    assert (plan.email, plan.total, plan.charges.count()) == ("", Decimal("120.00"), 1)


def test_address_of_a_broken_plan_stays_while_something_of_it_is_owed(staff: User) -> None:
    plan = make_guest_plan()
    follow_plans(at=NOW)
    with rewriting_history():
        plan.events.update(at=OLD)
    plan.refresh_from_db()
    assert (plan.state, at_night()["guest_plans"]) == ("broken", 0)
    void_violation(Violation.objects.get(), by=staff, reason="Sold since")
    assert at_night()["guest_plans"] == 1


def test_plan_that_runs_has_somebody_to_write_to() -> None:
    plan = make_guest_plan()
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentPlan.objects.filter(pk=plan.pk).update(email="")
    PaymentPlan.objects.filter(pk=plan.pk).update(email="", user=make_user())
