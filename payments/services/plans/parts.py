"""What paying an instalment takes of each charge of its plan."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from opscom.lib.dates import today
from opscom.lib.money import ZERO
from opscom.lib.office import office
from payments.errors import PaymentRefused
from payments.instalments import due_by, rests
from payments.models import Instalment, PaymentPlan, StoredCard
from payments.services.quotes import QuoteLine


def due_of(plan: PaymentPlan, *, at: datetime) -> tuple[Instalment, Decimal] | None:
    """The last instalment that is due by now, or else the next one, and what is to be paid up to it; None where nothing is
    left. Needs `with_left()`."""
    instalments = list(plan.instalments.all())
    found = due_by(instalments, plan.left, today(at))
    return (instalments[found[0]], found[1]) if found else None


def parts_of(instalment: int, quoted: Iterable[QuoteLine]) -> list[QuoteLine]:
    """What is unpaid up to that instalment, by its key, taken of the quoted charges in the order in which a payment is booked
    on them; no discount, since none of them is paid at once. PaymentRefused where the plan has ended or it is paid."""
    plan = PaymentPlan.objects.with_left().prefetch_related("instalments").get(instalments=instalment)
    if plan.state != PaymentPlan.State.STANDING:
        raise PaymentRefused(_("This payment plan has ended. Payments shows what is owed."), code="ended")
    rest, lines = _unpaid(plan, instalment), []
    if not rest:
        raise PaymentRefused(_("This instalment is paid already."), code="paid")
    for line in sorted(quoted, key=lambda line: line.charge.pk):
        part = min(rest, line.amount + line.discount)
        rest -= part
        if part:
            lines.append(QuoteLine(line.charge, part, ZERO))
    return lines


def rest_of(instalment: Instalment) -> Decimal:
    """What is unpaid up to that instalment."""
    plan = PaymentPlan.objects.with_left().prefetch_related("instalments").get(pk=instalment.plan_id)
    return _unpaid(plan, instalment.pk)


def can_be_paid(plan: PaymentPlan) -> bool:
    """Whether some of what is left may be paid now; not where all of it waits for a decision."""
    return plan.charges.open().filter(blocked="").exists()


def usable_card(plan: PaymentPlan, *, on: date) -> tuple[StoredCard | None, str]:
    """The plan's card where it can be charged on that day, and else what is wrong."""
    card = plan.card
    if card is None or card.state != StoredCard.State.STORED or card.user_id != plan.user_id:
        return None, "no-card"
    if not office().stored_cards or plan.user is None or not plan.user.is_active:
        return None, "no-card"
    return (card, "") if card.expires_before > on else (None, "expired")


def _unpaid(plan: PaymentPlan, instalment: int) -> Decimal:
    instalments = list(plan.instalments.all())
    places = [one.pk for one in instalments].index(instalment) + 1
    return sum(rests(instalments, plan.left)[:places], start=ZERO)
