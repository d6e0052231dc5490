"""The office's refunds at every provider: what its machines gave back is what our books say (RULES 34, 39)."""

from decimal import Decimal

from accounts.models import User
from payments.models import Refund
from payments.providers.base import Offers
from payments.services.attempts import describe_attempt, resolve_payment
from payments.services.ledger_check import find_problems
from payments.services.refundable import standing_of
from payments.services.refunds import request_refund
from payments.tasks import send_refund
from tests.factories import make_checkout
from tests.payments.conftest import begin
from tests.payments.providers.worlds import World, over
from tests.payments.refunding import tickets


@over(Offers.REFUNDS)
def test_two_parts_of_a_line_go_back_once_each(world: World, resident: User, desk: User) -> None:
    [charge] = tickets(resident, "50.00")
    attempt = begin(make_checkout([charge], resident))
    world.pay(describe_attempt(attempt))
    payment = resolve_payment(attempt)
    assert payment.state == "confirmed"
    for amount in ("20.00", "30.00"):
        [refund] = request_refund(payment, amount=Decimal(amount), charge=charge, reason="sold", by=desk)
        for _twice in range(2):
            send_refund(refund_id=refund.pk)
    refunds = Refund.objects.order_by("pk")
    assert [refund.state for refund in refunds] == ["done", "done"]
    assert len(world.given_back(payment.code)) == 2
    assert (standing_of(payment).card, find_problems()) == (Decimal("0.00"), [])
