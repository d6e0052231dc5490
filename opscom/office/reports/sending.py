"""Reports by e-mail: the totals of a day, week or month that is over, and a link to the rest, which asks for the login."""

import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from urllib.parse import parse_qsl

from django import forms
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from accounts.models import User
from accounts.models.mail import MailKind
from accounts.services.mail import queue_mail_to
from opscom.lib.dates import day_before, today
from opscom.lib.reports import Report, Sums, find_report
from opscom.models import ReportSchedule
from opscom.office.reports.asking import form_of, query_of, words_of
from opscom.office.reports.tables import written

logger = logging.getLogger(__name__)
Every = ReportSchedule.Every


def last_period(every: str, day: date) -> tuple[date, date]:
    """The first and the last day of the day, week from Monday, or month that was over when that day began."""
    if every == Every.DAY:
        return day_before(day), day_before(day)
    if every == Every.WEEK:
        monday = day - timedelta(days=day.weekday())
        return monday - timedelta(days=7), day_before(monday)
    last = day_before(day.replace(day=1))
    return last.replace(day=1), last


def due_reports(*, at: datetime | None = None) -> list[int]:
    """Those of which a period is over that was not sent."""
    day = today(at)
    rows = ReportSchedule.objects.filter(active=True).values_list("pk", "every", "sent_through")
    return [pk for pk, every, sent in rows if sent is None or sent < last_period(every, day)[1]]


@transaction.atomic
def send_report(pk: int, *, at: datetime | None = None) -> int:
    """Write to everybody on its list who may see the report now; answers how many. A period is sent once, however often and
    from wherever this is called: the schedule is locked, and each e-mail has its own key. One whose filters no longer work is
    switched off."""
    found = ReportSchedule.objects.select_for_update(skip_locked=True).filter(pk=pk, active=True)
    schedule, at = found.first(), at or timezone.now()
    if schedule is None:
        return 0
    first, last = last_period(schedule.every, today(at))
    if schedule.sent_through and schedule.sent_through >= last:
        return 0
    report = find_report(schedule.report)
    form = form_of(report, dict(parse_qsl(schedule.asked)) | _days(first, last)) if report else None
    if report is None or form is None or not form.is_valid():
        logger.warning("report %s by e-mail cannot be asked for any more and is switched off", schedule)
        schedule.active = False
        schedule.save(update_fields=["active"])
        return 0
    readers = readers_of(schedule, report)
    if readers:
        sums = Sums(report.columns_of(form.cleaned_data))
        lines = sum(1 for _line in sums.over(report.rows(form.cleaned_data)))
        for user in readers:
            _write(user, report, form, sums, lines, f"report:{schedule.pk}:{last}:{user.pk}")
    schedule.sent_through = last
    schedule.save(update_fields=["sent_through"])
    return len(readers)


def readers_of(schedule: ReportSchedule, report: Report) -> list[User]:
    """Who of its list is staff and may see the report at this moment."""
    staff = schedule.recipients.filter(is_active=True, is_staff=True).order_by("pk")
    return [user for user in staff if user.has_perm(report.right)]


def _days(first: date, last: date) -> dict[str, str]:
    return {"first": first.isoformat(), "last": last.isoformat()}


def _write(user: User, report: Report, form: forms.Form, sums: Sums, lines: int, key: str) -> None:
    """No line of the report is in the e-mail: lines name people."""
    page = reverse("admin:report", args=[report.key])
    with override(user.language):
        context = {
            "title": str(report.title),
            "first": form.cleaned_data.get("first"),
            "last": form.cleaned_data.get("last"),
            "chosen": words_of(form),
            "totals": list(_totals(sums)),
            "count": lines,
            "action_url": f"{settings.BASE_URL}{page}?{query_of(form)}",
        }
        queue_mail_to(user, MailKind.REPORT, key=key, context=context)


def _totals(sums: Sums) -> Iterator[tuple[str, str]]:
    """What is added up, in words."""
    for column, total in zip(sums.columns, sums.cells, strict=True):
        if column.total:
            yield str(column.title), written(total, column.kind)
