"""What does not stay of guests who paid."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from opscom.lib.retention import Retention
from payments.models import Checkout, Payment, PaymentPlan, PaymentPlanEvent, ProviderEvent, Refund
from payments.services.surplus import payments_with_surplus


def forget_receipt_address(checkouts: QuerySet[Checkout]) -> None:
    """Where receipts went, and the provider's own words about the payments, which name the payer."""
    payments = Payment.objects.filter(checkout__in=checkouts)
    ProviderEvent.objects.filter(payment__in=payments).update(body="{}")
    checkouts.update(email="")


def addressed_checkouts(before: datetime) -> QuerySet[Checkout]:
    """What guests paid, or set out to pay, before then; not while money of it is on its way, goes back, or is theirs."""
    payments = Payment.objects.filter(checkout=OuterRef("pk"))
    open_ones = payments.filter(Q(state__in=Payment.LIVE) | ~Q(attention=""))
    guests = Checkout.objects.filter(user=None, created_at__lt=before).exclude(email="")
    guests = guests.filter(~Exists(open_ones), ~Exists(returning_refunds().filter(payment__checkout=OuterRef("pk"))))
    return guests.exclude(payments__in=payments_with_surplus().values("pk"))


def returning_refunds() -> QuerySet[Refund]:
    """Refunds that are still to reach their payer; one that failed, until another takes its place."""
    instead = Refund.objects.filter(payment=OuterRef("payment"), pk__gt=OuterRef("pk"), state__in=Refund.COUNTED)
    failed = Q(state=Refund.State.FAILED, external=False) & ~Exists(instead)
    return Refund.objects.filter(Q(state__in=[Refund.State.REQUESTED, *Refund.UNDER_WAY]) | failed)


def reported_of_guests(before: datetime) -> QuerySet[ProviderEvent]:
    """What came of a guest's payment before then, also after its address was taken out."""
    known = ProviderEvent.objects.filter(payment__checkout__user=None, payment__checkout__email="")
    return known.filter(received_at__lt=before).exclude(body="{}").exclude(outcome=ProviderEvent.Outcome.RECEIVED)


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
        key="guest_events",
        records=_("What card providers reported of guests' payments later"),
        becomes=_("Their own words are taken out. That something was reported, and when, stays."),
        setting="guest_days",
        due=reported_of_guests,
        end=lambda events: events.update(body="{}"),
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
