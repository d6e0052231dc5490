"""What a payment's page shows besides the payment itself: what it was for, what became of it, and what was written."""

from typing import Any

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from accounts.models import Mail, User
from opscom.lib.panels import NO_WORD, Cell, Fact, Panel, moment, money, name_of, page_of
from payments.models import LedgerEntry, Payment

STATE_PILLS = {
    "created": "held",
    "redirected": "held",
    "promised": "promised",
    "confirmed": "paid",
    "failed": "overdue",
}
REFUND_PILLS = {"requested": "held", "created": "held", "transit": "held", "done": "paid", "failed": "overdue"}
DISPUTE_PILLS = {"open": "overdue", "won": "paid", "lost": "void"}
MAIL_PILLS = {"queued": "held", "sent": "active", "failed": "overdue"}
MAILS = ("receipt", "promise", "bounced", "payroll")


def whole_payment(payment: Payment, viewer: User) -> dict[str, Any]:
    """Six queries: lines, refunds, disputes, what the provider said, e-mails, surplus."""
    panels = [
        ("payments.view_charge", _lines),
        ("payments.view_refund", _refunds),
        ("payments.view_dispute", _disputes),
        ("payments.view_providerevent", _provider),
        ("accounts.view_mail", _mails),
    ]
    return {
        "standing": _words(payment),
        "facts": _facts(payment, viewer),
        "panels": [draw(payment) for right, draw in panels if viewer.has_perm(right)],
    }


def _words(payment: Payment) -> list[Cell]:
    cells = [Cell(payment.get_state_display(), pill=STATE_PILLS.get(payment.state, "expired"))]
    if payment.bounced_at:
        cells = [Cell(_("Cheque bounced"), pill="overdue")]
    if payment.attention:
        cells.append(Cell(payment.get_attention_display(), pill="overdue"))
    return cells


def _facts(payment: Payment, viewer: User) -> list[Fact]:
    checkout = payment.checkout
    link = (
        page_of("accounts_user", checkout.user_id) if checkout.user_id and viewer.has_perm("accounts.view_user") else ""
    )
    found = [
        Fact(_("Payer"), [Cell(name_of(checkout.user) if checkout.user else checkout.email or NO_WORD, link)]),
        Fact(_("Amount"), [money(payment.amount if payment.received is None else payment.received)]),
        Fact(_("Method"), [Cell(payment.method.name)]),
    ]
    if payment.received not in (None, payment.amount):
        found.insert(1, Fact(_("Promised"), [money(payment.amount)]))
    if checkout.company:
        found.append(Fact(_("For the company"), [Cell(str(checkout.company))]))
    if hasattr(payment, "receipt"):
        found.append(
            Fact(_("Receipt"), [Cell(payment.receipt.number, page_of("payments_receipt", payment.receipt.pk))])
        )
    if payment.settled_at:
        found.append(Fact(_("Paid on"), [moment(payment.settled_at)]))
    if payment.bounced_at:
        found.append(Fact(_("Bounced on"), [moment(payment.bounced_at)]))
    surplus = payment.entries.filter(account=LedgerEntry.Account.SURPLUS).aggregate(total=Sum("amount"))["total"]
    if surplus:
        found.append(Fact(_("Surplus"), [money(-surplus)]))
    return found


def _lines(payment: Payment) -> Panel:
    return Panel(
        "lines",
        _("What it was for"),
        (_("What"), _("Discount"), _("Amount")),
        [
            (
                Cell(line.charge.description, page_of("payments_charge", line.charge_id)),
                money(line.discount or None),
                money(line.amount),
            )
            for line in payment.checkout.lines.select_related("charge")
        ],
        empty=_("Nothing."),
    )


def _refunds(payment: Payment) -> Panel:
    return Panel(
        "refunds",
        _("Refunds"),
        (_("When"), _("Where to"), _("Reason"), _("By"), _("State"), _("Amount")),
        [
            (
                moment(refund.created_at),
                Cell(refund.get_target_display(), page_of("payments_refund", refund.pk)),
                Cell(refund.reason),
                Cell(", ".join(name_of(user) for user in (refund.by, refund.approved_by) if user) or NO_WORD),
                Cell(refund.get_state_display(), pill=REFUND_PILLS.get(refund.state, "void")),
                money(refund.amount),
            )
            for refund in payment.refunds.select_related("by", "approved_by")
        ],
        empty=_("Nothing went back."),
    )


def _disputes(payment: Payment) -> Panel:
    return Panel(
        "disputes",
        _("Disputes"),
        (_("Opened"), _("Reference"), _("State"), _("Amount")),
        [
            (
                moment(dispute.opened_at),
                Cell(dispute.provider_ref, page_of("payments_dispute", dispute.pk)),
                Cell(dispute.get_state_display(), pill=DISPUTE_PILLS[dispute.state]),
                money(dispute.amount),
            )
            for dispute in payment.disputes.all()
        ],
        empty=_("No dispute."),
    )


def _provider(payment: Payment) -> Panel:
    return Panel(
        "provider",
        _("What the provider said"),
        (_("When"), _("Event"), _("Outcome")),
        [
            (
                moment(event.received_at),
                Cell(event.kind, page_of("payments_providerevent", event.pk)),
                Cell(" – ".join(filter(None, [event.get_outcome_display(), event.note]))),
            )
            for event in payment.provider_events.defer("body")
        ],
        empty=_("Nothing."),
    )


def _mails(payment: Payment) -> Panel:
    keys = Q(key__in=[f"{kind}:{payment.code}" for kind in MAILS]) | Q(key__startswith=f"surplus:{payment.code}:")
    return Panel(
        "mails",
        _("E-mails"),
        (_("Written"), _("Subject"), _("State")),
        [
            (
                moment(mail.created_at),
                Cell(mail.subject, page_of("accounts_mail", mail.pk)),
                Cell(mail.get_state_display(), pill=MAIL_PILLS[mail.state]),
            )
            for mail in Mail.objects.filter(keys).defer("html", "text")
        ],
        empty=_("No e-mail."),
    )
