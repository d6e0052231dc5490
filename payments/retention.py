"""What does not stay of guests who paid."""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from opscom.lib.retention import Retention
from payments.models import Checkout, Payment, PaymentPlan, PaymentPlanEvent, ProviderEvent, Refund


def forget_receipt_address(checkouts: QuerySet[Checkout]) -> None:
    """Where receipts went, and the provider's own words about the payments, which name the payer."""
    payments = Payment.objects.filter(checkout__in=checkouts)
    ProviderEvent.objects.filter(payment__in=payments).update(body="{}")
    checkouts.update(email="")


def addressed_checkouts(before: datetime) -> QuerySet[Checkout]:
    """What guests paid, or set out to pay, before then; not while money of it is on its way."""
    paying = Payment.objects.filter(checkout=OuterRef("pk"), state__in=Payment.LIVE)
    under_way = [Refund.State.REQUESTED, *Refund.UNDER_WAY]
    returning = Refund.objects.filter(payment__checkout=OuterRef("pk"), state__in=under_way)
    guests = Checkout.objects.filter(user=None, created_at__lt=before).exclude(email="")
    return guests.filter(~Exists(paying), ~Exists(returning))


def addressed_plans(before: datetime) -> QuerySet[PaymentPlan]:
    """Guests' payment plans that ended before then; not while something is owed of one that was not kept."""
    ended = PaymentPlan.objects.filter(user=None, state__in=PaymentPlan.ENDED).exclude(email="")
    since = PaymentPlanEvent.objects.filter(plan=OuterRef("pk"), at__gte=before)
    return ended.filter(~Exists(since)).exclude(pk__in=PaymentPlan.objects.not_kept().values("pk"))


RETENTIONS = (
    Retention(
        key="guest_checkouts",
        records=_("E-mail addresses of guests who paid"),
        becomes=_(
            "The address is taken out, and what the card provider reported about the payment. Payments and receipts stay."
        ),
        setting="guest_days",
        due=addressed_checkouts,
        end=forget_receipt_address,
    ),
    Retention(
        key="guest_plans",
        records=_("E-mail addresses in payment plans of guests that have ended"),
        becomes=_("The address is taken out. The plan stays with what it covered."),
        setting="guest_days",
        due=addressed_plans,
        end=lambda plans: plans.update(email=""),
    ),
)
