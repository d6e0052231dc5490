"""Every report, whatever there is to report: on screen, as three kinds of file, and for whom."""

import csv
import io
from collections.abc import Iterable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.reports import Column, Kind, Line, NoForm, Report, Topic, all_reports, register
from opscom.models import ReportDownload
from tests.access import make_world
from tests.conftest import sign_in
from tests.factories import make_user
from tests.lib.test_xlsx import read_rows

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12


def page(report: Report) -> str:
    return f"/admin/reports/{report.key}/"


def body(answer: Any) -> bytes:
    return answer.getvalue() if isinstance(answer, HttpResponse) else b"".join(answer.streaming_content)


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def wrong_files(client: Client, report: Report) -> list[str]:
    """Which of its files are not what they say, or do not agree."""
    files = {file: body(client.get(page(report), {"file": file})) for file in ("csv", "xlsx", "pdf")}
    rows = [[str(cell) for cell in row] for row in read_rows(files["xlsx"])]
    heads = [str(column.title) for column in report.columns_of(report.form(report.initial()).data)]
    return [
        *(["csv"] if read_csv(files["csv"]) != rows else []),
        *(["heads"] if rows[0] != heads else []),
        *(["pdf"] if not files["pdf"].startswith(b"%PDF-") else []),
    ]


def shown(client: Client, report: Report) -> tuple[int, bool, int]:
    """(status, whether it has its table and all its files, queries)."""
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(page(report))
    text = answer.content.decode()
    whole = text.count('class="report-table"') == 1 and text.count("&amp;file=") == 3
    return answer.status_code, whole, len(captured)


def test_every_report_opens_and_is_saved(staff: User, staff_client: Client) -> None:
    """Without a row and with one of everything; the same few queries whatever there is."""
    empty = {report.key: shown(staff_client, report) for report in all_reports()}
    make_world()
    full = {report.key: shown(staff_client, report) for report in all_reports()}
    assert {key: seen[:2] for key, seen in {**empty, **full}.items()} == {key: (200, True) for key in full}
    assert {key: seen[2] for key, seen in full.items() if seen[2] > MOST_QUERIES} == {}
    assert {report.key: wrong for report in all_reports() if (wrong := wrong_files(staff_client, report))} == {}
    taken = ReportDownload.objects.order_by("pk").values_list("report", "file", "by")
    files = ("csv", "xlsx", "pdf")
    assert list(taken[1:]) == [(report.key, file, staff.pk) for report in all_reports() for file in files]


def test_list_names_what_each_role_may_see(staff_client: Client) -> None:
    officer = make_user(is_staff=True)
    officer.groups.add(Group.objects.get(name="Enforcement"))
    client = sign_in(Client(), officer)
    seen = {
        report.key
        for report in all_reports()
        if f"/admin/reports/{report.key}/" in client.get("/admin/reports/").content.decode()
    }
    assert seen == {report.key for report in all_reports() if officer.has_perm(report.right)}
    answer = staff_client.get("/admin/").content.decode()
    assert answer.count('href="/admin/reports/"') == 1


class Long(Report):
    """More lines than a page or a paper takes."""

    key, title, about, topic, right = "long", "Long", "Many lines.", Topic.OTHER, "accounts.view_user"
    columns = (Column("What"), Column("Sum", Kind.MONEY, total=True))
    form = NoForm

    def rows(self, asked: Any) -> Iterable[Line]:
        return (Line([f"=line {n}", 2]) for n in range(1200))


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opscom.lib.reports._reports", {})
    register(Long())


def test_long_report_shows_its_first_lines_and_the_totals_of_all(long: None, staff_client: Client) -> None:
    answer = staff_client.get("/admin/reports/long/").content.decode()
    assert (answer.count("=line"), "$2,400.00" in answer) == (500, True)
    rows = read_csv(body(staff_client.get("/admin/reports/long/?file=csv")))
    assert (len(rows), rows[1], rows[-1]) == (1202, ["'=line 0", "2"], ["Total", "2400"])


def test_too_long_for_paper_is_said_and_not_written_down(long: None, staff_client: Client) -> None:
    answer = staff_client.get("/admin/reports/long/?file=pdf", follow=True)
    assert "too many to print" in answer.content.decode()
    assert ReportDownload.objects.count() == 0


def test_what_cannot_be_asked_is_said_and_no_file_made(staff_client: Client) -> None:
    answer = staff_client.get(f"/admin/reports/receipts/?first={today()}&last=1999-01-01&file=csv").content.decode()
    assert (answer.count('_error"') > 0, answer.count('class="report-table"')) == (True, 0)
    assert staff_client.get("/admin/reports/no-such/").status_code == 404
