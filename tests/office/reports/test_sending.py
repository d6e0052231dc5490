"""Reports by e-mail: once for each period that is over, to who may see them then, without a line of them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import Mail, User
from opscom.lib.dates import today
from opscom.models import ReportSchedule
from opscom.office.reports.sending import due_reports, last_period, send_report
from opscom.office.tasks import send_due_reports
from tests.conftest import sign_in
from tests.factories import make_charge, make_user
from tests.payments.refunding import paid_at_the_desk

pytestmark = pytest.mark.django_db
TORONTO = ZoneInfo("America/Toronto")


def staff_with(role: str, **fields: str) -> User:
    user = make_user(is_staff=True, **fields)
    user.groups.add(Group.objects.get(name=role))
    return user


def schedule(*people: User, **fields: object) -> ReportSchedule:
    row = ReportSchedule.objects.create(**{"report": "receipts-by-method", "every": "day"} | fields)
    row.recipients.set(people)
    return row


@pytest.mark.parametrize(
    ("every", "day", "first", "last"),
    [
        ("day", date(2026, 3, 1), date(2026, 2, 28), date(2026, 2, 28)),
        ("week", date(2026, 11, 23), date(2026, 11, 16), date(2026, 11, 22)),  # a Monday
        ("week", date(2026, 11, 22), date(2026, 11, 9), date(2026, 11, 15)),
        ("month", date(2026, 3, 1), date(2026, 2, 1), date(2026, 2, 28)),
        ("month", date(2026, 1, 31), date(2025, 12, 1), date(2025, 12, 31)),
    ],
)
def test_period_is_the_last_one_that_is_over(every: str, day: date, first: date, last: date) -> None:
    assert last_period(every, day) == (first, last)


def test_report_goes_once_for_each_day_with_its_totals_and_no_line(resident: User) -> None:
    finance = staff_with("Finance", language="fr")
    row = schedule(finance)
    paid_at_the_desk([make_charge(resident, kind="fee", amount="40.00")], resident, "40.00")
    tomorrow = datetime.combine(today() + timedelta(days=1), datetime.min.time(), TORONTO)
    assert due_reports(at=tomorrow) == [row.pk]
    assert [send_report(row.pk, at=tomorrow), send_report(row.pk, at=tomorrow)] == [1, 0]
    assert due_reports(at=tomorrow) == []
    mail = Mail.objects.get(kind="report")
    assert (mail.to, mail.language) == (finance.email, "fr")
    assert f"/admin/reports/receipts-by-method/?first={today()}&last={today()}" in mail.text
    assert ("40,00" in mail.text, "Cash" in mail.text) == (True, False)
    assert send_report(row.pk, at=tomorrow + timedelta(days=1)) == 1
    assert Mail.objects.filter(kind="report").count() == 2


def test_only_staff_who_may_see_it_now_get_it(resident: User) -> None:
    """Rights count on the day of sending, not on that of setting it up."""
    finance, appeals, former = staff_with("Finance"), staff_with("Appeals"), staff_with("Finance")
    row = schedule(finance, appeals, former, resident)
    former.groups.clear()
    gone = staff_with("Finance")
    row.recipients.add(gone)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    assert send_report(row.pk) == 1
    assert list(Mail.objects.filter(kind="report").values_list("to", flat=True)) == [finance.email]


def test_filter_that_is_gone_switches_it_off() -> None:
    row = schedule(staff_with("Finance"), report="receipts", asked="method=shells")
    assert send_report(row.pk) == 0
    row.refresh_from_db()
    assert (row.active, Mail.objects.count(), due_reports()) == (False, 0, [])


def test_sweep_sends_what_is_due(work_now: None) -> None:
    schedule(staff_with("Finance"))
    schedule(staff_with("Finance"), active=False)
    send_due_reports()
    assert Mail.objects.filter(kind="report").count() == 1


def test_set_up_from_the_page_of_the_report_it_begins_with_the_running_period(
    staff: User, staff_client: Client
) -> None:
    page = staff_client.get("/admin/reports/receipts/?method=cash").content.decode()
    link = "/admin/opscom/reportschedule/add/?report=receipts&amp;asked=method%3Dcash"
    assert page.count(f'href="{link}"') == 1
    form = staff_client.get(link.replace("&amp;", "&")).content.decode()
    assert (form.count('value="method=cash"'), form.count('value="receipts" selected')) == (1, 1)
    assert form.count("Method: Cash or Cheque") == 1
    sent = {"report": "receipts", "asked": "method=cash", "every": "day", "recipients": [staff.pk], "active": "on"}
    assert staff_client.post("/admin/opscom/reportschedule/add/", sent).status_code == 302
    row = ReportSchedule.objects.get()
    assert (row.sent_through, due_reports()) == (today() - timedelta(days=1), [])
    assert "Method: Cash" in staff_client.get("/admin/opscom/reportschedule/").content.decode()


def test_nobody_sets_up_what_they_may_not_see() -> None:
    supervisor = staff_with("Enforcement supervisor")
    sent = {"report": "receipts", "every": "day", "recipients": [supervisor.pk], "active": "on"}
    client = sign_in(Client(), supervisor)
    assert client.post("/admin/opscom/reportschedule/add/", sent).status_code == 403
    assert ReportSchedule.objects.count() == 0
