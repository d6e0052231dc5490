"""One random run against a provider that does what it is asked and then does not say so."""

import random
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from django.db.models import Sum
from django.utils import timezone

from opscom.lib.money import ZERO
from payments.errors import PaymentRefused, ProviderUnreachable, RefundRefused
from payments.models import Payment, Refund
from payments.providers.base import Offers
from payments.services.attempts import describe_attempt, start_card_payment
from payments.services.charges import create_charge
from payments.services.checkouts import start_checkout
from payments.services.opening import KIND
from payments.services.reconcile import reconcile_payment, unsure_payments
from payments.services.refund_sending import reconcile_refund, send_refund
from payments.services.refunds import request_refund
from tests.factories import make_user
from tests.payments.providers.worlds import World

KINDS = ("timeout", "error", "html", "half", "empty")
SWEEPS = 6


@dataclass
class Silence:
    """What happens is drawn from the seed alone."""

    world: World
    seed: int
    wire: bool
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.person, self.staff = make_user(), make_user(is_staff=True, is_superuser=True)

    def run(self) -> list[str]:
        """A few payments and refunds; answers where the provider's books and ours differ in the end."""
        for _ in range(self.chance.randint(1, 3)):
            self._pay(self._owe())
        self._sweep()
        for payment in Payment.objects.filter(state="confirmed").select_related("checkout"):
            if Offers.REFUNDS in self.world.provider.offers and self.chance.random() < 0.7:
                self._give_back(payment)
        self._sweep()
        return [words for payment in Payment.objects.order_by("pk") for words in self._differing(payment)]

    def _owe(self) -> Decimal:
        return Decimal(self.chance.randint(100, 99_999)).scaleb(-2)

    def _break(self, *, moving: bool) -> None:
        if self.wire and self.chance.random() < 0.6:
            self.world.break_answer(self.chance.choice(KINDS), moving=moving)

    def _pay(self, amount: Decimal) -> None:
        charge = create_charge(KIND, amount=amount, description="Ticket", payer=self.person)
        checkout = start_checkout([charge], user=self.person, language="en")
        for _click in range(self.chance.randint(1, 3)):
            self._break(moving=True)
            try:
                start_card_payment(checkout, email="payer@example.test")
            except (ProviderUnreachable, PaymentRefused):
                continue
        payment = checkout.payments.get()
        if not payment.provider_ref:  # nobody has seen the page, so nobody pays on it
            return
        if self.chance.random() < 0.8:
            self.world.pay(describe_attempt(payment))
        self._break(moving=False)
        if self.chance.random() < 0.5:
            self._ask(payment)

    def _ask(self, payment: Payment) -> None:
        reconcile_payment(payment, at=timezone.now() + timedelta(minutes=5))

    def _give_back(self, payment: Payment) -> None:
        amount = min(self._owe(), payment.amount)
        charge = payment.checkout.lines.get().charge
        try:
            [refund] = request_refund(payment, amount=amount, reason="wrong", by=self.staff, charge=charge)
        except RefundRefused:
            return
        for _try in range(self.chance.randint(1, 2)):
            self._break(moving=True)
            refund = Refund.objects.select_related("payment__checkout").get(pk=refund.pk)
            try:
                send_refund(refund)
            except ProviderUnreachable:
                continue

    def _sweep(self) -> None:
        """What beat does, without the waiting."""
        for _round in range(SWEEPS):
            for pk in unsure_payments(at=timezone.now() + timedelta(minutes=5)):
                self._ask(Payment.objects.select_related("checkout").get(pk=pk))
            for refund in Refund.objects.filter(state__in=Refund.UNDER_WAY).select_related("payment__checkout"):
                reconcile_refund(refund)

    def _differing(self, payment: Payment) -> list[str]:
        times = self.world.times_paid(payment.code) if payment.provider_ref else 0
        back = [Decimal(amount) for amount in self.world.given_back(payment.code)] if times else []
        there = times * payment.amount - sum(back, start=ZERO)
        booked = payment.entries.filter(account="card").aggregate(total=Sum("amount"))["total"] or ZERO
        if times <= 1 and there == booked:
            return []
        return [f"seed {self.seed}: paid {times} times, given back {back}, there {there}, booked {booked}"]
