"""The office at work all day: cash is processed, appeals are decided, money goes back, a lot gets another place."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import F

from accounts.models import User
from opscom.lib.errors import PortalError
from payments.models import Payment, Refund
from payments.models.payment import ReceivedAs
from payments.services.promises import process_manually
from payments.services.refunds import request_refund
from permits.models import Lot, WaitlistEntry
from tests.bench.soak.diary import Diary, patient
from tests.bench.soak.people import People
from tests.bench.soak.places import committed
from violations.models import Appeal
from violations.services.appeals.deciding import decide_appeal, preview_decision

PAUSE_SECONDS = 1.0
DECISIONS = (Appeal.State.UPHELD, Appeal.State.CANCELLED, Appeal.State.REDUCED)


@dataclass
class Staff:
    """One member of staff in a thread. Like a browser, it begins anew where the database was away."""

    people: People
    member: User
    chance: random.Random = field(default_factory=lambda: random.Random(11))

    @property
    def diary(self) -> Diary:
        """Of the whole day."""
        return self.people.diary

    def work(self) -> None:
        """One thing after the other until it is over."""
        acts: tuple[Callable[[], None], ...] = (self._give_back, self._process, self._decide, self._add_place)
        while not self.people.over.wait(PAUSE_SECONDS):
            try:
                patient(self.chance.choice(acts))
            except PortalError as refusal:
                self.diary.note(f"office refused: {refusal.code}")
        connection.close()

    def _give_back(self) -> None:
        """Part of a payment by card; the worker sends it."""
        paid = Payment.objects.filter(state=Payment.State.CONFIRMED).exclude(charge_ref="")
        payment = paid.order_by("?").first()
        if payment is None:
            return
        charge = payment.checkout.lines.select_related("charge")[0].charge
        amount = Decimal(self.chance.randint(1, max(int(payment.amount * 100) // 2, 1))).scaleb(-2)
        for refund in request_refund(payment, amount=amount, reason="soak", by=self.member, charge=charge):
            self.diary.told("refund asked for", Refund.objects.filter(pk=refund.pk))

    def _process(self) -> None:
        """Somebody brings what they promised."""
        payment = Payment.objects.filter(state=Payment.State.PROMISED).order_by("pk").first()
        if payment is None:
            return
        process_manually(payment, received=payment.amount, received_as=ReceivedAs.CASH, by=self.member)
        self.diary.told("promise processed", Payment.objects.filter(pk=payment.pk, state=Payment.State.CONFIRMED))

    def _decide(self) -> None:
        """One of the appeals that wait."""
        appeal = Appeal.objects.filter(state=Appeal.State.SUBMITTED).order_by("?").first()
        if appeal is None:
            return
        decision = self.chance.choice(DECISIONS)
        amount = Decimal("10.00") if decision == Appeal.State.REDUCED else None
        quote = preview_decision(appeal, decision=decision, by=self.member, amount=amount)
        expected = (quote.owed, quote.back)
        decide_appeal(
            appeal, decision=decision, response="We looked at it.", by=self.member, expected=expected, amount=amount
        )
        self.diary.told("appeal decided", Appeal.objects.filter(pk=appeal.pk, state=decision))

    def _add_place(self) -> None:
        """Another space is painted where somebody waits; whoever waits longest is offered it by itself."""
        waiting = WaitlistEntry.objects.filter(state=WaitlistEntry.State.WAITING)
        lot = Lot.objects.filter(permit_types__waitlists__entries__in=waiting).order_by("?").first()
        if lot is None:
            return
        with transaction.atomic():
            had = Lot.objects.select_for_update().annotate(since=committed(Lot)).get(pk=lot.pk)
            self.diary.painted.append((had.pk, had.spaces, had.since))
            Lot.objects.filter(pk=lot.pk).update(spaces=F("spaces") + 1)
        self.diary.note("place added")
