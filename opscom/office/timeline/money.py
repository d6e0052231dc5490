"""Money in a person's history: what was paid, what came back, what the office gave."""

from typing import Any

from django.db.models import Case, CharField, ExpressionWrapper, F, Prefetch, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Concat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from opscom.lib.money import MoneyField
from opscom.office.timeline.entries import Entry, Expr, Source
from payments.models import Adjustment, CheckoutLine, Payment, PaymentMethod, PaymentPlanEvent, Refund


class Payments(Source):
    """Money paid, promised, or refused by the bank. Attempts that came to nothing are left out."""

    kind, label, icon, at = "payment", gettext_lazy("Payments"), "credit-card", "created_at"
    pills = {
        "created": ("held", gettext_lazy("Being checked")),
        "redirected": ("held", gettext_lazy("Being checked")),
        "promised": ("promised", gettext_lazy("Paid but not Processed")),
        "confirmed": ("paid", gettext_lazy("Paid")),
        "failed": ("overdue", gettext_lazy("Declined")),
        "cancelled": ("void", gettext_lazy("Cancelled")),
        "expired": ("expired", gettext_lazy("Expired")),
        "bounced": ("overdue", gettext_lazy("Cheque bounced")),
    }

    def of(self, user: User) -> QuerySet[Any]:
        nothing_came = Q(method=PaymentMethod.CARD, state__in=[Payment.State.CANCELLED, Payment.State.EXPIRED])
        return Payment.objects.filter(checkout__user=user).exclude(nothing_came)

    def columns(self) -> dict[str, Expr]:
        return {
            "ref": Coalesce(F("receipt__code"), Value(""), output_field=CharField()),
            "state": Case(When(bounced_at=None, then=F("state")), default=Value("bounced"), output_field=CharField()),
            "amount": Coalesce(F("received"), F("amount")),
            "acting": F("acting_id"),
        }

    def complete(self, entries: list[Entry]) -> None:
        lines = Prefetch("checkout__lines", CheckoutLine.objects.select_related("charge"))
        keys = [entry.found.pk for entry in entries]
        payments = (
            Payment.objects.filter(pk__in=keys).select_related("checkout", "method").prefetch_related(lines).in_bulk()
        )
        for entry in entries:
            bought = payments[entry.found.pk].checkout.lines.all()
            entry.text = ", ".join(line.charge.description for line in bought)
            entry.heading = _("Payment, %(method)s") % {"method": payments[entry.found.pk].method.name}

    def describe(self, entry: Entry) -> None:
        if entry.found.ref:
            entry.link, entry.link_text = reverse("payments:receipt", args=[entry.found.ref]), entry.found.ref
            entry.link_lead, entry.link_is_code = _("Confirmation code"), True


class Refunds(Source):
    """Money that went back to the person, or will."""

    kind, label, icon, at = "refund", gettext_lazy("Refunds"), "arrow-uturn-left", "created_at"
    pills = {
        "requested": ("held", gettext_lazy("Waits for the office")),
        "created": ("held", gettext_lazy("On its way")),
        "transit": ("held", gettext_lazy("On its way")),
        "done": ("paid", gettext_lazy("Refunded")),
        "failed": ("overdue", gettext_lazy("Failed")),
        "rejected": ("void", gettext_lazy("Rejected")),
    }

    def of(self, user: User) -> QuerySet[Any]:
        return Refund.objects.filter(payment__checkout__user=user)

    def columns(self) -> dict[str, Expr]:
        return {
            "ref": Coalesce(F("payment__receipt__code"), Value(""), output_field=CharField()),
            "what": F("target"),
            "detail": Concat(
                Coalesce(F("charge__description"), Value(""), output_field=CharField()), Value("\n"), F("reason")
            ),
            "state": F("state"),
            "amount": F("amount"),
            "by": F("by_id"),
        }

    def describe(self, entry: Entry) -> None:
        entry.heading = {
            Refund.Target.CARD: _("Refund to the card"),
            Refund.Target.CREDIT: _("Refund as credit"),
            Refund.Target.OFFICE: _("Refund at the office"),
        }[Refund.Target(entry.found.what)]
        entry.text = ", ".join(part for part in entry.found.detail.split("\n", 1) if part)
        if entry.found.ref:
            entry.link, entry.link_text = reverse("payments:receipt", args=[entry.found.ref]), entry.found.ref
            entry.link_lead, entry.link_is_code = _("Confirmation code"), True


class PaymentPlans(Source):
    """A payment plan was offered or agreed to, and how it ended."""

    kind, label, icon, at = "plan", gettext_lazy("Payment plans"), "banknotes", "at"

    def of(self, user: User) -> QuerySet[Any]:
        return PaymentPlanEvent.objects.filter(plan__user=user)

    def columns(self) -> dict[str, Expr]:
        return {
            "ref": F("plan__code"),
            "what": F("to_state"),
            "detail": F("reason"),
            "amount": F("plan__total"),
            "by": F("by_id"),
            "acting": F("acting_id"),
        }

    def describe(self, entry: Entry) -> None:
        entry.heading = {
            "offered": _("Payment plan offered"),
            "standing": _("Payment plan agreed"),
            "kept": _("Payment plan paid"),
            "broken": _("Payment plan not kept"),
            "cancelled": _("Payment plan cancelled"),
        }[entry.found.what]
        entry.text = entry.found.detail if entry.found.by and entry.found.what == "cancelled" else ""
        entry.link, entry.link_text = reverse("payments:plan", args=[entry.found.ref]), _("See the payment plan")


class Credits(Source):
    """Credit that the office gave, with what is left of one that was spent in part."""

    kind, label, icon, at = "credit", gettext_lazy("Office credits"), "banknotes", "created_at"
    pills = {
        "unprocessed": ("active", gettext_lazy("Not spent yet")),
        "processed": ("paid", gettext_lazy("Spent")),
        "reversed": ("void", gettext_lazy("Reversed")),
    }

    def of(self, user: User) -> QuerySet[Any]:
        return Adjustment.objects.for_user(user).filter(amount__lt=0)

    def columns(self) -> dict[str, Expr]:
        whole = When(rest_of=None, then=Value(""))
        return {
            "what": Case(whole, default=Value("rest"), output_field=CharField()),
            "state": F("state"),
            "amount": ExpressionWrapper(-F("amount"), MoneyField()),
        }

    def describe(self, entry: Entry) -> None:
        entry.heading = _("Rest of an office credit") if entry.found.what else _("Office credit")
