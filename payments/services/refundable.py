"""What of a payment can still go back, and where to (RULES 34 to 36)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opscom.lib.errors import PortalError
from opscom.lib.money import CENT, ZERO, MoneyField, format_money, rounded
from payments.errors import RefundRefused
from payments.models import Charge, Checkout, Dispute, LedgerEntry, Payment, Refund
from payments.payables import payable_for
from payments.providers import provider_named
from payments.providers.base import Offers

Account, Target = LedgerEntry.Account, Refund.Target
ON_CHARGE = [Account.CHARGE, Account.DISCOUNT, Account.REFUND]


class Way(models.TextChoices):
    """How whoever asks wants it back."""

    ORIGINAL = "original", gettext_lazy("The way it was paid")
    CREDIT = "credit", gettext_lazy("As credit for the next payment")
    OFFICE = "office", gettext_lazy("Handed out at the office")


WORDS = {
    Target.CARD: (gettext_lazy("To the card"), gettext_lazy("Banks take up to ten days to show it.")),
    Target.CREDIT: (gettext_lazy("Credit"), gettext_lazy("At once. It pays the next thing that is owed.")),
    Target.OFFICE: (gettext_lazy("At the office"), gettext_lazy("The office hands it out.")),
}


@dataclass(frozen=True)
class Part:
    """So much goes there."""

    target: Refund.Target
    amount: Decimal

    @property
    def where(self) -> str:
        """Where it goes, in the reader's language."""
        return str(WORDS[self.target][0])

    @property
    def when(self) -> str:
        """When it is there."""
        return str(WORDS[self.target][1])


@dataclass(frozen=True)
class Share:
    """What goes back of one payment for a charge, and where to."""

    charge: Charge
    payment: Payment
    parts: list[Part]


@dataclass(frozen=True)
class Standing:
    """What is left of a payment: on each charge (by key), as surplus, and of the ways in which it came."""

    charges: dict[int, Decimal]
    surplus: Decimal
    card: Decimal
    office: Decimal

    def left(self, charge: Charge | None) -> Decimal:
        """What can still be refunded of that charge, or without one of the surplus."""
        return self.surplus if charge is None else self.charges.get(charge.pk, ZERO)

    def less(self, share: Share) -> "Standing":
        """What is left once this share has gone back as well."""
        gone = {target: sum((part.amount for part in share.parts if part.target == target), ZERO) for target in Target}
        left = self.left(share.charge) - sum(gone.values(), start=ZERO)
        return replace(
            self,
            charges=self.charges | {share.charge.pk: left},
            card=self.card - gone[Target.CARD],
            office=self.office - gone[Target.OFFICE],
        )


def standing_of(payment: Payment) -> Standing:
    """The books less the refunds that wait. True for as long as the payment is locked."""
    charges: dict[int, Decimal] = {}
    ways = dict.fromkeys([Account.SURPLUS, Account.CARD, Account.OFFICE], ZERO)
    for account, charge, total in _sums(payment.entries.all(), "account"):
        if account in ON_CHARGE and charge is not None:
            charges[charge] = charges.get(charge, ZERO) - total
        elif account in ways:
            ways[Account(account)] += -total if account == Account.SURPLUS else total
    for target, charge, total in _sums(payment.refunds.not_booked(), "target"):
        if charge is None:
            ways[Account.SURPLUS] -= total
        else:
            charges[charge] = charges.get(charge, ZERO) - total
        if target in (Target.CARD, Target.OFFICE):
            ways[Account(target)] -= total
    return Standing(charges, ways[Account.SURPLUS], ways[Account.CARD], ways[Account.OFFICE])


def _sums(rows: models.QuerySet[models.Model], column: str) -> models.QuerySet[models.Model, tuple[str, int, Decimal]]:
    return rows.order_by().values_list(column, "charge").annotate(total=Sum("amount"))


def check_refundable(payment: Payment, charge: Charge | None, amount: Decimal, standing: Standing) -> None:
    """Refuse what may not go back now; payment and charge are locked."""
    if amount < CENT or amount != rounded(amount):
        raise RefundRefused(_("Enter the amount to give back, in dollars and cents."), code="amount")
    if payment.state != Payment.State.CONFIRMED:
        raise RefundRefused(_("Only what is paid can be given back."), code="not-paid")
    if charge is not None and charge.state == Charge.State.OPEN:
        raise RefundRefused(
            _("%(what)s is not paid in full. Void it first; what was paid on it is then surplus.")
            % {"what": charge.description},
            code="open",
        )
    if Dispute.objects.filter(payment=payment, state=Dispute.State.OPEN).exists():
        raise RefundRefused(
            _(
                "The card's holder disputes this payment at the bank. Wait for its decision: nothing is given back twice."
            ),
            code="disputed",
        )
    left = standing.left(charge)
    if amount > left:
        raise RefundRefused(
            _("Only %(left)s can still be given back. Look at the refunds that were made.")
            % {"left": format_money(max(left, ZERO))},
            code="too-much",
        )
    unused = most_refundable(charge, standing)
    if amount > unused:
        raise RefundRefused(
            _("The rest of what was bought is used or booked: %(left)s can be given back for what is not.")
            % {"left": format_money(unused)},
            code="used",
        )


def most_refundable(charge: Charge | None, standing: Standing) -> Decimal:
    """What is left of it, less what its domain says is used up."""
    left = standing.left(charge)
    unused = payable_for(charge).most_refundable(charge) if charge is not None else None
    return left if unused is None else min(left, unused)


def plan_refund(payment: Payment, amount: Decimal, *, standing: Standing, way: Way = Way.ORIGINAL) -> list[Part]:
    """Where an amount goes: to the card and out of the office's till up to what came from there, and the rest, which was
    paid by credit, as credit again (RULES 36, 43)."""
    if way == Way.ORIGINAL:
        card = Target.CARD if refunds_by_card(payment) else Target.OFFICE
        parts, rest = [], amount
        for target, came in ((card, standing.card), (Target.OFFICE, standing.office)):
            part = min(rest, max(came, ZERO))
            rest -= part
            if part:
                parts.append(Part(target, part))
        parts += [Part(Target.CREDIT, rest)] if rest else []
    else:
        parts = [Part(Target(way.value), amount)]
    if any(part.target == Target.CREDIT for part in parts):
        _check_account(payment.checkout)
    return parts


def _check_account(checkout: Checkout) -> None:
    """Credit is a person's own, so what a company paid does not become that of whoever pays for it."""
    if checkout.user_id is None:
        raise RefundRefused(_("A guest has no account for credit. Choose another way."), code="no-account")
    if checkout.company_id is not None:
        raise RefundRefused(_("A company has no account for credit. Choose another way."), code="no-account")


def paid_on(charge: Charge) -> Decimal:
    """What was paid on a charge in all, whatever has been given back of it since."""
    entries = LedgerEntry.objects.filter(charge=charge, account__in=[Account.CHARGE, Account.DISCOUNT])
    return ZERO - (entries.aggregate(total=Sum("amount"))["total"] or ZERO)


def paid_and_left(charge: Charge) -> tuple[Decimal, Decimal]:
    """What was paid on a charge in all, and what of it is neither given back nor moved elsewhere, in the books of all its
    payments. One query, however many these are."""
    entries = LedgerEntry.objects.filter(charge=OuterRef("pk"), account__in=ON_CHARGE)
    waiting = Refund.objects.not_booked().filter(charge=OuterRef("pk"))
    sums = [_total(rows) for rows in (entries.exclude(account=Account.REFUND), entries, waiting)]
    paid, left, waits = Charge.objects.filter(pk=charge.pk).values_list(*sums).get()
    return ZERO - paid, ZERO - left - waits


def _total(rows: models.QuerySet[Any]) -> Coalesce:
    """The sum of these rows of a charge, within a question about the charge."""
    total = rows.order_by().values("charge").annotate(total=Sum("amount")).values("total")
    return Coalesce(Subquery(total), ZERO, output_field=MoneyField())


def payments_of(*charges: Charge) -> list[Payment]:
    """The payments that paid them, in the order of their keys (RULES 2)."""
    paid = Payment.objects.filter(entries__charge__in=charges, state=Payment.State.CONFIRMED)
    return list(paid.select_related("checkout__user").distinct().order_by("pk"))


def spread_refund(
    charges: Iterable[Charge],
    payments: Iterable[Payment],
    amount: Decimal,
    *,
    refused: type[PortalError] = RefundRefused,
) -> list[Share]:
    """An amount over these charges, one after the other, and over the payments that paid them, as far as something is left of
    each; what has gone to a payment's card for one charge no longer can for the next (RULES 36). True for as long as they
    are locked. What may not be given back is said as the caller's kind of refusal."""
    shares, rest = list[Share](), amount
    standings = {payment: standing_of(payment) for payment in payments}
    for charge in charges:
        for payment, standing in standings.items():
            back = min(rest, max(standing.left(charge), ZERO))
            if back:
                share = Share(charge, payment, _plan_share(payment, charge, back, standing, refused))
                shares.append(share)
                standings[payment] = standing.less(share)
                rest -= back
    return shares


def _plan_share(
    payment: Payment, charge: Charge, amount: Decimal, standing: Standing, refused: type[PortalError]
) -> list[Part]:
    try:
        check_refundable(payment, charge, amount, standing)
        return plan_refund(payment, amount, standing=standing)
    except RefundRefused as refusal:
        raise refused(refusal.message, code=refusal.code) from refusal


def summed(shares: Iterable[Share]) -> list[Part]:
    """What goes where in all."""
    sums: dict[Refund.Target, Decimal] = {}
    for part in (part for share in shares for part in share.parts):
        sums[part.target] = sums.get(part.target, ZERO) + part.amount
    return [Part(target, total) for target, total in sums.items()]


def refunds_by_card(payment: Payment) -> bool:
    """Whether the provider that took the money can give it back; where it cannot, the office hands it out."""
    return payment.provider in settings.CARD_PROVIDERS and Offers.REFUNDS in provider_named(payment.provider).offers
