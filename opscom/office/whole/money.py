"""A person's money: what is owed, what was paid, and the account that comes of it."""

from django.db.models import Q, Sum, Window
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opscom.lib.dates import today
from opscom.lib.finding import found_by_any
from opscom.lib.money import ZERO, format_money
from opscom.lib.panels import NEWEST, Cell, Panel, day, in_words, list_of, moment, money, newest, page_of
from opscom.office.timeline.money import Payments
from opscom.office.whole.subject import Person
from payments.models import Charge, LedgerEntry, Payment

Account = LedgerEntry.Account


def owed(person: Person) -> Panel:
    """What is to be paid, the oldest first, at its price of now."""
    charges = person.owed
    n = len(charges)
    return Panel(
        "owed",
        _("Owed now"),
        (_("What"), _("Due"), _("State"), _("Amount")),
        [
            (
                Cell(charge.description, page_of("payments_charge", charge.pk)),
                day(charge.due_on),
                _how_it_stands(charge, person),
                money(price),
            )
            for charge, price in list(charges.items())[:NEWEST]
        ],
        counts=ngettext("%(sum)s for %(n)d item", "%(sum)s for %(n)d items", n)
        % {"sum": format_money(person.sum_owed), "n": n},
        more=list_of("payments_charge", payer__id__exact=person.user.pk) if n else "",
        more_words=_("All charges"),
        empty=_("Owes nothing."),
    )


def payments(person: Person) -> Panel:
    """Attempts to pay, the newest first."""
    found = Payment.objects.filter(checkout__user=person.user).select_related("method", "receipt")
    rows, n = newest(found, paid=Q(state=Payment.State.CONFIRMED), promised=Q(state=Payment.State.PROMISED))
    return Panel(
        "payments",
        _("Payments"),
        (_("Reference"), _("When"), _("Method"), _("Receipt"), _("State"), _("Amount")),
        [
            (
                Cell(payment.code, page_of("payments_payment", payment.pk)),
                moment(payment.settled_at or payment.created_at),
                Cell(payment.method.name),
                Cell(payment.receipt.number, page_of("payments_receipt", payment.receipt.pk))
                if hasattr(payment, "receipt")
                else Cell("–"),
                payment_state(payment),
                money(payment.amount if payment.received is None else payment.received),
            )
            for payment in rows
        ],
        counts=in_words(
            ngettext("%(n)d paid", "%(n)d paid", n["paid"]) % {"n": n["paid"]},
            ngettext("%(n)d to be processed", "%(n)d to be processed", n["promised"]) % {"n": n["promised"]}
            if n["promised"]
            else "",
        ),
        more=list_of("payments_payment", checkout__user__id__exact=person.user.pk),
        more_words=_("All payments"),
        empty=_("Nothing was paid."),
    )


def account(person: Person) -> Panel:
    """The newest bookings, and what they and the open charges come to."""
    mine = [
        Q(charge__in=Charge.objects.for_user(person.user).order_by(), account__in=BOOKED),
        Q(
            payment__checkout__user=person.user,
            payment__checkout__company=None,
            account=Account.SURPLUS,
        ),
        Q(adjustment__user=person.user, account=Account.CREDIT),
    ]
    entries = LedgerEntry.objects.filter(pk__in=found_by_any(LedgerEntry.objects.all(), mine)).order_by("-at", "-pk")
    sums = {name: Window(Sum("amount", filter=Q(account=name))) for name in (Account.SURPLUS, Account.CREDIT)}
    rows, n = newest(entries.select_related("charge").annotate(**{f"sum_{name}": sums[name] for name in sums}))
    surplus, credit = (getattr(rows[0], f"sum_{name}") or ZERO if rows else ZERO for name in sums)
    balance = sum((charge.owed for charge in person.owed), start=ZERO) + surplus + credit
    return Panel(
        "account",
        _("Account"),
        (_("When"), _("Booking"), _("For"), _("Amount")),
        [
            (
                moment(entry.at),
                Cell(entry.get_account_display(), page_of("payments_ledgerentry", entry.pk)),
                Cell(entry.charge.description if entry.charge else "–"),
                money(entry.amount),
            )
            for entry in rows
        ],
        counts=in_words(
            _("Balance %(sum)s") % {"sum": format_money(balance)},
            _("surplus %(sum)s") % {"sum": format_money(-surplus)} if surplus else "",
            ngettext("%(n)d booking", "%(n)d bookings", n["all"]) % {"n": n["all"]},
        ),
        more=reverse("admin:accounts_user_statement", args=[person.user.pk]),
        more_words=_("Statement"),
        empty=_("Nothing is booked."),
    )


BOOKED = [Account.CHARGE, Account.DISCOUNT, Account.REFUND]


def payment_state(payment: Payment) -> Cell:
    """Its state as the office says it."""
    colour, _word = Payments.pills[payment.state]
    return Cell(payment.get_state_display(), pill=colour)


def _how_it_stands(charge: Charge, person: Person) -> Cell:
    if charge.promised:
        return Cell(_("Paid but not Processed"), pill="promised")
    if charge.planned:
        return Cell(_("In a payment plan"), pill="held")
    if charge.in_collections:
        return Cell(_("At the collection agency"), pill="overdue")
    if charge.blocked:
        return Cell(charge.blocked, pill="held")
    if charge.due_on and charge.due_on < today(person.at):
        return Cell(_("Overdue"), pill="overdue")
    return Cell(_("Owed"), pill="owed")
