"""Pay what is due of a plan, through the same checkout as everything else."""

from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from payments.errors import PaymentRefused
from payments.models import Charge, Checkout, Instalment, PaymentPlan
from payments.services.checkouts import start_checkout
from payments.services.plans.parts import due_of


def start_instalment(
    plan: PaymentPlan, *, instalment: Instalment | None = None, language: str, at: datetime | None = None
) -> Checkout:
    """A checkout of what is unpaid up to that instalment; without one of what is due by now, or of the next. PaymentRefused where
    nothing is left, or what is left waits for an appeal."""
    at = at or timezone.now()
    plan = PaymentPlan.objects.with_left().select_related("user").prefetch_related("instalments").get(pk=plan.pk)
    if instalment is None:
        due = due_of(plan, at=at)
        if due is None:
            raise PaymentRefused(_("This payment plan is paid."), code="paid")
        instalment = due[0]
    return start_checkout(
        _payable(plan), user=plan.user, language=language, instalment=instalment, back=page_of(plan), at=at
    )


def start_rest(plan: PaymentPlan, *, language: str, at: datetime | None = None) -> Checkout:
    """A checkout of all that is left: a plan may be finished early at any time. PaymentRefused."""
    return start_checkout(_payable(plan), user=plan.user, language=language, at=at)


def page_of(plan: PaymentPlan) -> str:
    """The person's page of a plan."""
    return reverse("payments:plan", args=[plan.code])


def _payable(plan: PaymentPlan) -> list[Charge]:
    charges = list(plan.charges.open().filter(blocked=""))
    if not charges:
        raise PaymentRefused(
            _("What is left of this plan waits for a decision. Nothing is due meanwhile."), code="waits"
        )
    return charges
