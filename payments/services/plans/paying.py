"""Pay what is due of a plan, through the same checkout as everything else."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from payments.errors import PaymentRefused
from payments.models import Charge, Checkout, Instalment, PaymentPlan
from payments.plan_links import page_of
from payments.services.checkouts import start_checkout
from payments.services.plans.parts import due_of


def start_instalment(
    plan: PaymentPlan,
    *,
    instalment: Instalment | None = None,
    language: str,
    earlier: str = "",
    at: datetime | None = None,
) -> Checkout:
    """A checkout of what is unpaid up to that instalment; without one of what is due by now, or of the next. PaymentRefused where
    nothing is left, or what is left waits for an appeal. `earlier` is as in `start_checkout`."""
    at = at or timezone.now()
    plan = PaymentPlan.objects.with_left().select_related("user").prefetch_related("instalments").get(pk=plan.pk)
    if instalment is None:
        due = due_of(plan, at=at)
        if due is None:
            raise PaymentRefused(_("This payment plan is paid."), code="paid")
        instalment = due[0]
    return _start(plan, language=language, instalment=instalment, earlier=earlier, back=page_of(plan), at=at)


def start_rest(plan: PaymentPlan, *, language: str, earlier: str = "", at: datetime | None = None) -> Checkout:
    """A checkout of all that is left: a plan may be finished early at any time. PaymentRefused."""
    return _start(plan, language=language, earlier=earlier, back="" if plan.user_id else page_of(plan), at=at)


def _start(plan: PaymentPlan, **more: Any) -> Checkout:
    return start_checkout(_payable(plan), user=plan.user, email=plan.email, **more)


def _payable(plan: PaymentPlan) -> list[Charge]:
    charges = list(plan.charges.open().filter(blocked=""))
    if not charges:
        raise PaymentRefused(
            _("What is left of this plan waits for a decision. Nothing is due meanwhile."), code="waits"
        )
    return charges
