"""Somebody of the office who gives money back all the time."""

import random
import time
from decimal import Decimal

from django.db import connection

from payments.errors import RefundRefused
from payments.models import Payment
from payments.services.refunds import request_refund
from tests import factories
from tests.bench.soak.people import Diary

PAUSE_SECONDS = 1.5


def give_back(diary: Diary, *, until: float) -> None:
    """One thread: part of a payment by card, again and again; the worker sends it."""
    chance, staff = random.Random(11), factories.make_user(is_staff=True, is_superuser=True)
    while time.monotonic() < until:
        paid = Payment.objects.filter(state=Payment.State.CONFIRMED).exclude(charge_ref="")
        payment = paid.order_by("?").first()
        if payment is not None:
            charge = payment.checkout.lines.select_related("charge")[0].charge
            most = int(payment.amount * 100)
            amount = Decimal(chance.randint(1, max(most // 2, 1))).scaleb(-2)
            try:
                request_refund(payment, amount=amount, reason="soak", by=staff, charge=charge)
                diary.note("refund asked for")
            except RefundRefused as refusal:
                diary.note(f"refund refused: {refusal.code}")
        time.sleep(PAUSE_SECONDS)
    connection.close()
