"""What a ticket's page shows besides the ticket itself: what it costs and when that changes, and all that hangs on it."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.money import ZERO
from opscom.lib.panels import NO_WORD, Cell, Fact, Panel, day, list_of, moment, money, name_of, newest, page_of
from opscom.templatetags.portal import WORDS
from payments.models import Charge, Payment
from payments.services.quotes import price_now
from violations.models import TicketNotice, Violation
from violations.services.debts import charges_of
from violations.services.plate_tickets import same_plate
from violations.views.waiting import Standing, standing_of

CHARGE_PILLS = {"open": "owed", "settled": "paid", "void": "void"}
TICKET_PILLS = CHARGE_PILLS | {"paid": "paid", "warning": "void"}
APPEAL_PILLS = {"submitted": "review", "asked": "review", "upheld": "void", "reduced": "paid", "cancelled": "paid"}
PAID_PILLS = {
    "promised": "promised",
    "confirmed": "paid",
    "failed": "overdue",
    "cancelled": "void",
    "expired": "expired",
}
MAIL_PILLS = {"queued": "held", "sent": "active", "failed": "overdue"}


def whole_ticket(violation: Violation, viewer: User) -> dict[str, Any]:
    """Seven queries: charges, closed days where they count, appeals, other tickets, payments, notices, payer."""
    at = timezone.now()
    charges = list(charges_of(violation).select_related("payer").with_standing())
    fine = next((charge for charge in charges if charge.pk == violation.charge_id), None)
    fees = [charge for charge in charges if charge != fine and charge.state == Charge.State.OPEN]
    standing = standing_of(violation, fine, at, fees)
    panels: list[tuple[str, Callable[[], Panel]]] = [
        ("payments.view_charge", lambda: _charges(charges)),
        ("violations.view_appeal", lambda: _appeals(violation)),
        ("violations.view_violation", lambda: _others(violation)),
        ("payments.view_payment", lambda: _payments(charges)),
        ("violations.view_violation", lambda: _notices(violation)),
    ]
    return {
        "standing": _words(violation, standing),
        "facts": _facts(violation, fine, standing, viewer),
        "panels": [draw() for right, draw in panels if viewer.has_perm(right)],
    }


def _words(violation: Violation, standing: Standing) -> list[Cell]:
    cells = [Cell(standing.word or WORDS[standing.pill], pill=standing.pill)]
    if violation.state == Violation.State.VOID:
        cells.append(Cell(violation.get_voided_as_display() or _("Not kept why"), pill="void"))
    return cells


def _facts(violation: Violation, fine: Charge | None, standing: Standing, viewer: User) -> list[Fact]:
    """What it costs today, what it will cost, and who owes it."""
    found = [Fact(_("Owed today"), [money(standing.price if standing.price is not None else ZERO)])]
    if standing.words:
        found.append(Fact(_("How it comes about"), [Cell(standing.words)]))
    found += [
        Fact(step.period, [money(step.amount), *([Cell(step.remark)] if step.remark else [])])
        for step in standing.steps
    ]
    if fine and fine.due_on:
        found.append(Fact(_("Due"), [day(fine.due_on)]))
    payer = fine.payer if fine else None
    link = page_of("accounts_user", payer.pk) if payer and viewer.has_perm("accounts.view_user") else ""
    found.append(
        Fact(_("Who owes it"), [Cell(name_of(payer) if payer else _("Nobody is known to answer for it"), link)])
    )
    return found


def _charges(charges: Sequence[Charge]) -> Panel:
    at = timezone.now()
    return Panel(
        "charges",
        _("Charges"),
        (_("What"), _("State"), _("Due"), _("Amount"), _("Paid"), _("Owed now")),
        [
            (
                Cell(charge.description, page_of("payments_charge", charge.pk)),
                Cell(charge.get_state_display(), pill=CHARGE_PILLS[charge.state]),
                day(charge.due_on),
                money(charge.amount),
                money(charge.applied),
                money(price_now(charge, at) if charge.state == Charge.State.OPEN else None),
            )
            for charge in charges
        ],
        empty=_("Nothing is charged."),
    )


def _appeals(violation: Violation) -> Panel:
    rows, n = newest(violation.appeals.handed_in().select_related("reviewer").order_by("-level"))
    return Panel(
        "appeals",
        _("Appeals"),
        (_("Level"), _("Submitted"), _("State"), _("Decided by")),
        [
            (
                Cell(str(appeal.level), page_of("violations_appeal", appeal.pk)),
                moment(appeal.submitted_at),
                Cell(appeal.get_state_display(), pill=APPEAL_PILLS[appeal.state]),
                Cell(name_of(appeal.reviewer)),
            )
            for appeal in rows
        ],
        counts=ngettext("%(n)d appeal", "%(n)d appeals", n["all"]) % {"n": n["all"]},
        empty=_("Nobody has appealed."),
    )


def _others(violation: Violation) -> Panel:
    others = same_plate(violation).exclude(pk=violation.pk).select_related("offence")
    rows, n = newest(others, owed=Q(state=Violation.State.OPEN))
    return Panel(
        "plate",
        _("Other tickets of this plate"),
        (_("Ticket"), _("Written"), _("Offence"), _("State")),
        [
            (
                Cell(other.number, page_of("violations_violation", other.pk)),
                day(today(other.issued_at)),
                Cell(str(other.offence)),
                Cell(other.get_state_display(), pill=TICKET_PILLS[other.state]),
            )
            for other in rows
        ],
        counts=ngettext("%(n)d ticket, %(owed)d owed", "%(n)d tickets, %(owed)d owed", n["all"])
        % {"n": n["all"], "owed": n["owed"]},
        more=list_of("violations_violation", q=violation.plate),
        more_words=_("All tickets of the plate"),
        empty=_("None."),
    )


def _payments(charges: Sequence[Charge]) -> Panel:
    found = Payment.objects.filter(checkout__lines__charge__in=[charge.pk for charge in charges]).distinct()
    rows = list(found.select_related("method", "checkout__user").order_by("-created_at", "-pk")[:10])
    return Panel(
        "payments",
        _("Payments"),
        (_("Reference"), _("When"), _("Payer"), _("State"), _("Amount")),
        [
            (
                Cell(payment.code, page_of("payments_payment", payment.pk)),
                moment(payment.settled_at or payment.created_at),
                Cell(name_of(payment.checkout.user) if payment.checkout.user else payment.checkout.email or NO_WORD),
                Cell(payment.get_state_display(), pill=PAID_PILLS.get(payment.state, "held")),
                money(payment.amount if payment.received is None else payment.received),
            )
            for payment in rows
        ],
        empty=_("Nothing was paid."),
    )


def _notices(violation: Violation) -> Panel:
    rows = list(violation.notices.select_related("mail", "batch").order_by("-at"))
    return Panel(
        "notices",
        _("Letters and e-mails"),
        (_("When"), _("Notice"), _("How")),
        [(moment(notice.at), Cell(notice.get_step_display()), _how(notice)) for notice in rows],
        empty=_("Nothing was sent."),
    )


def _how(notice: TicketNotice) -> Cell:
    if notice.mail:
        words = _("E-mail: %(state)s") % {"state": notice.mail.get_state_display()}
        return Cell(words, page_of("accounts_mail", notice.mail.pk), pill=MAIL_PILLS[notice.mail.state])
    if notice.batch:
        return Cell(_("Letter"), reverse("admin:violations_letterbatch_change", args=[notice.batch.pk]))
    return Cell(NO_WORD)
