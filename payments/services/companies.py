"""A company pays what its people owe."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum, prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import AccountEvent, Company, CompanyMembership, User
from accounts.services.history import note_events
from opscom.lib.money import format_money
from payments.errors import PaymentRefused
from payments.models import Charge, CheckoutLine, LedgerEntry, Payment
from payments.models.charge import ChargeQuerySet


def owed_by_people_of(company: Company) -> ChargeQuerySet:
    """The open charges of everybody who belongs to that company now, person by person."""
    present = Charge.objects.open().filter(payer__membership__company=company, payer__membership__active=True)
    return present.order_by("payer__last_name", "payer__first_name", "payer", "created_at", "pk")


def check_company(company_id: int, *, payer: User, charges: Iterable[Charge]) -> None:
    """Refuse to pay for people who do not belong to the company, or by somebody who may not pay for it. The charges are
    locked; the memberships are locked here, after them, so that who leaves meanwhile leaves before or after."""
    charges = list(charges)
    people = {charge.payer_id for charge in charges if charge.payer_id} | {payer.pk}
    rows = CompanyMembership.objects.select_for_update(of=("self",)).select_related("company").order_by("pk")
    members = {row.user_id: row for row in rows.filter(user__in=people, company=company_id) if row.is_present}
    if payer.pk not in members or not members[payer.pk].sees_invoice:
        raise PaymentRefused(
            _("You can no longer pay for this company. Ask its manager, or the parking office."), code="company-payer"
        )
    for charge in charges:
        if charge.payer_id not in members:
            raise PaymentRefused(
                _("%(what)s is no longer owed by one of your people. Go back to the Company Invoice to see what is.")
                % {"what": charge.description},
                code="company-left",
            )


def tell_histories(payment: Payment, lines: Sequence[CheckoutLine], at: datetime) -> None:
    """Write into each person's history what their company paid for them, and who did."""
    company, user = payment.checkout.company, payment.checkout.user
    if company is None:
        return
    prefetch_related_objects([line.charge for line in lines], "payer")
    credited = LedgerEntry.objects.filter(payment=payment, account=LedgerEntry.Account.CHARGE)
    sums = dict(credited.order_by().values_list("charge").annotate(total=Sum("amount")))
    note_events(
        AccountEvent(
            user=person,
            verb=AccountEvent.Verb.PAID_FOR_YOU,
            by=user,
            detail=_what_was_paid(line.charge, -sums[line.charge_id], person, company),
            at=at,
        )
        for line in lines
        if line.charge_id in sums and (person := line.charge.payer) and person != user
    )


def _what_was_paid(charge: Charge, amount: Decimal, person: User, company: Company) -> str:
    """For example: Ticket TT-10133: $30.00, Northfield Labs."""
    with override(person.language):
        return f"{charge.description}: {format_money(amount)}, {company.name}"[:250]
