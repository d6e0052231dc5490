"""Everything that may happen to one person's money, in any order, with the books proved whole after every step.

To add an operation: a rule that picks what it needs from the database and calls the service. A refusal is an answer like
any other; whatever else is raised, and any invariant that breaks, ends the run.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from opscom.lib.money import CENT, ZERO, rounded
from payments.errors import AlreadyPaid, PaymentRefused, ProviderUnreachable, RefundRefused
from payments.models import (
    Adjustment,
    Charge,
    Checkout,
    Payment,
    PaymentMethod,
    ProviderEvent,
    Refund,
)
from payments.models.payment import ReceivedAs
from payments.models.refund import HandedAs
from payments.providers.base import Offers, RefundOutcome, RefundResult, Result
from payments.services.attempts import (
    _open_attempt,
    close_attempt,
    describe_attempt,
    end_attempt,
    resolve_payment,
    start_card_payment,
)
from payments.services.charges import create_charge, lock_charges, void_charge
from payments.services.checkouts import start_checkout
from payments.services.cheques import bounce_cheque
from payments.services.credits import add_credit, credit_for, reverse_credit
from payments.services.events import process_stored_event, store_event
from payments.services.ledger_check import find_problems
from payments.services.opening import KIND
from payments.services.outside import note_refund
from payments.services.promises import (
    expire_promises,
    pay_by_credit,
    process_manually,
    promise_payment,
    withdraw_promise,
)
from payments.services.reconcile import reconcile_payment
from payments.services.refund_sending import describe_refund, reconcile_refund, send_refund
from payments.services.refundable import Way, standing_of
from payments.services.refunds import approve_refund, hand_out_refund, reject_refund, request_refund, retry_refund
from payments.services.settle import record_money
from payments.services.surplus import claim_surplus
from tests.factories import make_user
from tests.payments.providers.worlds import World

CENTS = st.integers(1, 20_000).map(lambda cents: Decimal(cents).scaleb(-2))
NUMBER = st.integers(0, 99)
WAY = st.sampled_from(list(Way))
EMAIL = "payer@example.test"
SWEEPS = 4


def refusals() -> suppress:
    """What a person may be told. What was committed before stays, as it does on a server."""
    return suppress(PaymentRefused, RefundRefused, AlreadyPaid, ProviderUnreachable)


def pick(rows: Any, number: int) -> Any:
    """One of the rows, None if there are none."""
    found = list(rows.order_by("pk"))
    return found[number % len(found)] if found else None


class Money(RuleBasedStateMachine):
    """One person, one provider, the office. The test around it undoes everything of ours; `done` is what all of its runs did."""

    def __init__(self, world: World, *, wire: bool, done: Counter[str]) -> None:
        super().__init__()
        self.world, self.wire, self.offers, self.done = world, wire, world.provider.offers, done

    @initialize()
    def open_the_office(self) -> None:
        self.block = transaction.atomic()
        self.block.__enter__()
        self.person, self.staff = make_user(), make_user(is_staff=True, is_superuser=True)
        self.second = make_user(is_staff=True, is_superuser=True)
        self.owe(Decimal("50.00"))
        self.pay_by_card(0, with_credit=False)
        self.give_back(0, part=2)
        self.give_credit(Decimal("20.00"))
        self.owe(Decimal("30.00"))

    def teardown(self) -> None:
        if not hasattr(self, "block"):
            return
        try:
            self.settle_down()
        finally:
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    def settle_down(self) -> None:
        """When everything is asked about, money moved at the provider is money in our books, to the cent. As many answers may
        still go wrong as were lost and not asked for yet, in this run or, at a peer of its own, in an earlier one."""
        for sweep in range(1, SWEEPS + self.done["answers lost"] + 1):
            for payment in Payment.objects.exclude(provider="").select_related("checkout"):
                reconcile_payment(payment)
            for refund in Refund.objects.filter(state__in=Refund.UNDER_WAY).select_related("payment__checkout"):
                reconcile_refund(refund)
            if sweep >= SWEEPS and not self.differences():
                break
        assert self.differences() == []
        assert find_problems() == []
        assert not Payment.objects.filter(state="confirmed", fulfilled_at=None, attention="").exists()
        self.done["runs"] += 1
        codes = Payment.objects.exclude(provider_ref="").values_list("code", flat=True)
        self.done["captured"] += sum(self.world.times_paid(code) for code in codes)
        self.done["refunded"] += Refund.objects.filter(state="done", external=False).count()
        self.done["credited"] += Adjustment.objects.filter(amount__lt=0).count()
        self.done["credit spent"] += Adjustment.objects.filter(amount__lt=0, state="processed").count()

    def differences(self) -> list[str]:
        """Of all payments that the provider knows."""
        return [line for payment in Payment.objects.exclude(provider_ref="") for line in self.differing(payment)]

    def differing(self, payment: Payment) -> list[str]:
        """What the provider has of a payment, less what was noted as given back there behind our backs, against our books."""
        times = self.world.times_paid(payment.code)
        back = [Decimal(amount) for amount in self.world.given_back(payment.code)] if times else []
        outside = payment.refunds.filter(external=True, state="done").aggregate(total=Sum("amount"))["total"] or ZERO
        there = times * payment.amount - sum(back, start=ZERO) - outside
        booked = payment.entries.filter(account="card").aggregate(total=Sum("amount"))["total"] or ZERO
        if times <= 1 and there == booked:
            return []
        return [f"{payment.code}: paid {times} times, given back {back} and {outside} outside, booked {booked}"]

    @invariant()
    def books_are_whole(self) -> None:
        if hasattr(self, "person"):
            assert find_problems() == []

    # What the person does

    @rule(amount=CENTS)
    def owe(self, amount: Decimal) -> None:
        create_charge(KIND, amount=amount, description="Ticket", payer=self.person)

    def check_out(self, number: int, act: Callable[[Any, Decimal], object], *, with_credit: bool) -> None:
        owed = list(Charge.objects.open().order_by("pk"))
        chosen = [charge for place, charge in enumerate(owed) if number >> place & 1] or owed[:1]
        with refusals():
            checkout = start_checkout(chosen, user=self.person, language="en")
            credit = sum((row.credit for row in credit_for(checkout)), start=ZERO) if with_credit else ZERO
            act(checkout, credit)

    @rule(number=NUMBER, with_credit=st.booleans())
    def open_card_page(self, number: int, with_credit: bool) -> None:
        self.check_out(
            number,
            lambda checkout, credit: start_card_payment(checkout, email=EMAIL, credit=min(credit, checkout.total)),
            with_credit=with_credit,
        )

    @rule(number=NUMBER, with_credit=st.booleans())
    def pay_by_card(self, number: int, with_credit: bool) -> None:
        """As most do: to the page, pay, and back."""
        self.open_card_page(number, with_credit)
        payment = Payment.objects.in_flight().exclude(provider_ref="").select_related("checkout").last()
        if payment:
            with suppress(AssertionError):
                self.world.pay(describe_attempt(payment))
            with refusals():
                resolve_payment(payment)

    @rule(number=NUMBER, with_credit=st.booleans())
    def promise(self, number: int, with_credit: bool) -> None:
        self.check_out(
            number,
            lambda checkout, credit: promise_payment(checkout, email=EMAIL, credit=credit),
            with_credit=with_credit,
        )

    @rule(number=NUMBER)
    def pay_by_credit(self, number: int) -> None:
        self.check_out(
            number, lambda checkout, credit: pay_by_credit(checkout, email=EMAIL, credit=credit), with_credit=True
        )

    @rule(number=NUMBER)
    def pay_at_the_provider(self, number: int) -> None:
        """We are not told yet. A page that was paid, or that the provider has closed, takes nothing."""
        payment = pick(Payment.objects.exclude(provider_ref="").select_related("checkout"), number)
        if payment:
            with suppress(AssertionError):
                self.world.pay(describe_attempt(payment))

    @rule(kind=st.sampled_from(["error", "html", "half", "empty"]), moving=st.booleans())
    def lose_an_answer(self, kind: str, moving: bool) -> None:
        """The provider's next answer goes wrong; where it was to move money, it has done so."""
        if self.wire:
            self.world.break_answer(kind, moving=moving)
            self.done["answers lost"] += 2  # an SDK may ask once more by itself

    @rule(number=NUMBER, way=WAY)
    def claim_surplus(self, number: int, way: Way) -> None:
        payment = pick(Payment.objects.filter(state="confirmed"), number)
        if payment:
            with refusals():
                claim_surplus(payment, way=way, by=self.person)

    # What the machine does

    @rule(number=NUMBER)
    def come_back(self, number: int) -> None:
        """Return page or sweep."""
        payment = pick(Payment.objects.exclude(provider="").select_related("checkout"), number)
        if payment:
            with refusals():
                resolve_payment(payment)

    @rule(number=NUMBER, copies=st.integers(1, 3))
    def deliver_webhook(self, number: int, copies: int) -> None:
        payment = pick(Payment.objects.exclude(provider_ref=""), number)
        if payment is None or Offers.WEBHOOKS not in self.offers:
            return
        name = f"evt_{payment.code}_{ProviderEvent.objects.count()}"
        body, headers = self.world.webhook(payment.provider_ref, payment.code, event=name)
        for _ in range(copies):
            event = store_event(payment.provider, body, headers)
            if event:
                process_stored_event(event)

    @rule(number=NUMBER, how=st.sampled_from(["fail", "cancel", "expire"]))
    def give_up(self, number: int, how: str) -> None:
        """We hear of an end while the page may still be paid: what comes later is late money."""
        payment = pick(Payment.objects.in_flight(), number)
        if payment:
            end_attempt(payment, how)

    @rule(number=NUMBER)
    def close_page(self, number: int) -> None:
        payment = pick(Payment.objects.in_flight().select_related("checkout"), number)
        if payment:
            with refusals():
                close_attempt(payment)

    # Where a process is killed: what was committed stays, and nothing more is done

    @rule(number=NUMBER)
    def die_before_the_page_is_noted(self, number: int) -> None:
        def die(checkout: Checkout, credit: Decimal) -> None:
            opened = _open_attempt(checkout, email=EMAIL, credit=ZERO, at=timezone.now())
            if opened and not opened[0].provider_ref:
                self.world.provider.start(describe_attempt(opened[0]))

        self.check_out(number, die, with_credit=False)

    @rule(number=NUMBER)
    def die_before_it_is_handed_over(self, number: int) -> None:
        payment = pick(Payment.objects.exclude(provider_ref="").select_related("checkout"), number)
        if payment:
            with refusals():
                outcome = self.world.provider.resolve(describe_attempt(payment))
                if outcome.result is Result.APPROVED:
                    at, ref = timezone.now(), outcome.charge_ref
                    record_money(payment, received=payment.amount, account="card", at=at, charge_ref=ref)

    @rule(number=NUMBER)
    def die_once_a_refund_is_sent(self, number: int) -> None:
        waiting = Refund.objects.filter(state="created", target="card").select_related("payment__checkout")
        refund = pick(waiting, number)
        if refund:
            with refusals():
                self.world.provider.refund(describe_refund(refund))

    # What the office does

    @rule(number=NUMBER, received=CENTS, received_as=st.sampled_from([ReceivedAs.CASH, ReceivedAs.CHEQUE]))
    def process(self, number: int, received: Decimal, received_as: ReceivedAs) -> None:
        payment = pick(Payment.objects.filter(method__code=PaymentMethod.CASH), number)
        if payment:
            with refusals():
                process_manually(payment, received=received, received_as=received_as, by=self.staff)

    @rule(number=NUMBER)
    def bounce(self, number: int) -> None:
        payment = pick(Payment.objects.filter(received_as=ReceivedAs.CHEQUE), number)
        if payment:
            with refusals():
                bounce_cheque(payment, by=self.staff)

    @rule(number=NUMBER, expired=st.booleans())
    def withdraw(self, number: int, expired: bool) -> None:
        payment = pick(Payment.objects.filter(state="promised"), number)
        if payment and expired:
            expire_promises(at=payment.promise_until)
        elif payment:
            withdraw_promise(payment, by=self.staff)

    @rule(number=NUMBER)
    def void(self, number: int) -> None:
        charge = pick(Charge.objects.open(), number)
        if charge:
            with transaction.atomic():
                void_charge(lock_charges([charge.pk])[charge.pk], by=self.staff)

    @rule(amount=CENTS)
    def give_credit(self, amount: Decimal) -> None:
        with refusals():
            payroll = PaymentMethod.objects.get(code="payroll")
            add_credit(self.person, charges=[], method=payroll, amount=amount, by=self.staff)

    @rule(number=NUMBER)
    def take_credit_back(self, number: int) -> None:
        credit = pick(Adjustment.objects.filter(amount__lt=0), number)
        if credit:
            with refusals():
                reverse_credit(credit, reason="mistaken", by=self.staff)

    @rule(number=NUMBER, amount=CENTS, way=WAY, line=st.booleans())
    def refund(self, number: int, amount: Decimal, way: Way, line: bool) -> None:
        payment = pick(Payment.objects.filter(state="confirmed"), number)
        if payment:
            row = payment.checkout.lines.order_by("pk").first() if line else None
            with refusals():
                request_refund(
                    payment, amount=amount, reason="wrong", by=self.staff, charge=row and row.charge, way=way
                )

    @rule(number=NUMBER, part=st.integers(1, 3))
    def give_back(self, number: int, part: int) -> None:
        """As most are: what is left of a line or a part of it, agreed to and sent."""
        payment = pick(Payment.objects.filter(state="confirmed"), number)
        line = payment and payment.checkout.lines.order_by("pk").first()
        left = standing_of(payment).left(line.charge) if line else ZERO
        if left > 0:
            self.refund(number, max(rounded(left / part), CENT), Way.ORIGINAL, line=True)
            self.decide_refund(0, yes=True)
            self.carry_refund_out(0, HandedAs.CASH)

    @rule(number=NUMBER, yes=st.booleans())
    def decide_refund(self, number: int, yes: bool) -> None:
        refund = pick(Refund.objects.filter(state="requested"), number)
        if refund:
            with refusals():
                approve_refund(refund, by=self.second) if yes else reject_refund(refund, by=self.second, reason="no")

    @rule(number=NUMBER, handed_as=st.sampled_from(HandedAs))
    def carry_refund_out(self, number: int, handed_as: HandedAs) -> None:
        refund = pick(Refund.objects.filter(state="created").select_related("payment__checkout"), number)
        if refund:
            with refusals():
                if refund.target == "office":
                    hand_out_refund(refund, handed_as=handed_as, by=self.staff)
                else:
                    send_refund(refund)

    @rule(number=NUMBER)
    def fail_refund_late(self, number: int) -> None:
        """Days later the bank sends it back."""
        from payments.services.refund_sending import apply_refund_outcome

        refund = pick(Refund.objects.filter(target="card", state="done", external=False), number)
        if refund and Offers.LATE_FAILURES in self.offers:
            self.world.fail_refund(refund.provider_ref)
            failed = RefundOutcome(RefundResult.FAILED, refund.provider_ref, refund.amount, "CAD", "account closed")
            apply_refund_outcome(refund, failed)

    @rule(number=NUMBER)
    def try_refund_again(self, number: int) -> None:
        refund = pick(Refund.objects.filter(state="failed", external=False), number)
        if refund:
            with refusals():
                retry_refund(refund, by=self.staff, reason="new account")

    @rule(number=NUMBER, amount=CENTS)
    def refund_in_the_dashboard(self, number: int, amount: Decimal) -> None:
        """Somebody gives money back at the provider, past us."""
        payment = pick(Payment.objects.filter(state="confirmed").exclude(charge_ref=""), number)
        if payment:
            outcome = RefundOutcome(RefundResult.DONE, f"there_{Refund.objects.count()}", amount, "CAD")
            note_refund(payment, outcome)
