"""When a ticket can be appealed, and why not (APP-7)."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from opscom.lib.dates import end_of_day, today, with_weekday
from opscom.lib.office import office
from opscom.models import SystemSettings
from violations.clock import Clock
from violations.closed import closed_days
from violations.errors import AppealRefused
from violations.models import Appeal, NoticeStep, Violation

AppealPaid = SystemSettings.AppealPaid
FIRST, SECOND = 1, 2


def last_day_of(violation: Violation) -> date | None:
    """The last day on which it can be appealed, which counts in full; None where there is no appeal. Needs `offence`."""
    return _later_day(violation, _last_day_after_notice(violation))


def _later_day(violation: Violation, by_notice: date | None) -> date | None:
    """By the days from issue, or by a notice, whichever is later."""
    own = violation.offence.appeal_days
    days = office().appeal_days if own is None else own
    if not days:
        return None
    return max(filter(None, [_last_day(today(violation.issued_at), days), by_notice]), default=None)


def last_second_day_of(first: Appeal) -> date | None:
    """The last day on which somebody else can be asked to look again; None where the decision is final."""
    days = office().second_appeal_days
    if not days or first.decided_at is None or first.level != FIRST or first.state == Appeal.State.CANCELLED:
        return None
    return _last_day(today(first.decided_at), days)


def next_level(violation: Violation) -> int:
    """Which appeal would be the next one; its appeals are fetched along."""
    return SECOND if any(appeal.level == FIRST and appeal.is_decided for appeal in violation.appeals.all()) else FIRST


def check_appealable(violation: Violation, *, level: int, at: datetime) -> None:
    """AppealRefused where no appeal can be handed in now. Needs `offence`, `charge` and the appeals that were handed in."""
    if not office().appeals_enabled:
        raise AppealRefused(_with_phone(_("Appeals are not taken online.")), code="off")
    if violation.state not in (Violation.State.OPEN, Violation.State.PAID):
        raise AppealRefused(_("Nothing is owed for this ticket, so there is nothing to appeal."), code="nothing-owed")
    if violation.state == Violation.State.OPEN and violation.charge and violation.charge.in_collections:
        raise AppealRefused(
            _with_phone(_("This ticket was sent to collections, so it can no longer be appealed.")), code="collections"
        )
    _check_paid(violation, level)
    handed_in = [appeal for appeal in violation.appeals.all() if not appeal.is_draft]
    if any(appeal.level == level for appeal in handed_in):
        raise AppealRefused(_("This ticket is appealed already. Wait for the decision."), code="appealed")
    if level == SECOND:
        first = next((appeal for appeal in handed_in if appeal.level == FIRST and appeal.is_decided), None)
        _check_day(last_second_day_of(first) if first else None, at)
        return
    by_notice = _last_day_after_notice(violation)
    _check_day(_later_day(violation, by_notice), at)
    if violation.is_overdue_on(today(at)) and (by_notice is None or at >= end_of_day(by_notice)):
        raise AppealRefused(_with_phone(_("This ticket is overdue, so it can no longer be appealed.")), code="overdue")


def why_not(violation: Violation, *, at: datetime) -> str:
    """Why it cannot be appealed now, for the page; empty where it can."""
    try:
        check_appealable(violation, level=next_level(violation), at=at)
    except AppealRefused as refusal:
        return refusal.message
    return ""


def _last_day_after_notice(violation: Violation) -> date | None:
    """The same by the notice that the ticket is overdue, where the office lets it open a new time."""
    days = office().appeal_notice_days
    notice = violation.notices.filter(step=NoticeStep.OVERDUE).first() if days else None
    return _last_day(today(notice.at), days) if notice else None


def _last_day(first: date, days: int) -> date | None:
    """The last of so many days after that one, as the office counts them."""
    business = office().appeal_business_days
    closed = closed_days() if business else frozenset[date]()
    return Clock(first, business=business, closed=closed).last_day(days)


def _check_paid(violation: Violation, level: int) -> None:
    rule, paid = office().appeal_paid, violation.state == Violation.State.PAID
    if paid and rule == AppealPaid.UNPAID:
        raise AppealRefused(_with_phone(_("This ticket is paid, so it can no longer be appealed.")), code="paid")
    if not paid and (rule == AppealPaid.PAID or (rule == AppealPaid.SECOND and level == SECOND)):
        raise AppealRefused(
            _("Pay this ticket first, then appeal it. If the appeal is granted, you get your money back."),
            code="unpaid",
        )


def _check_day(last: date | None, at: datetime) -> None:
    if last is None:
        raise AppealRefused(_with_phone(_("This ticket cannot be appealed.")), code="never")
    if at >= end_of_day(last):
        raise AppealRefused(
            _with_phone(_("The last day to appeal was %(day)s.") % {"day": with_weekday(last)}), code="late"
        )


def _with_phone(text: str) -> str:
    return _("%(sentence)s Questions? %(phone)s") % {"sentence": text, "phone": office().phone}
