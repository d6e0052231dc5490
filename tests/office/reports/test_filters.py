"""What a report is narrowed to holds on screen, behind its figures, in its files and in its e-mail."""

from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from accounts.models import User
from opscom.lib.reports import Report, all_reports
from opscom.models import ReportDownload
from tests.access import make_world
from tests.factories import make_lot, make_offence, make_violation

pytestmark = pytest.mark.django_db
DAYS = {"first", "last"}
SINGLE = ("/change/", "code__exact", "permit_type__exact")  # what leads to one row, or lies within what was chosen


def first_choice(report: Report, name: str) -> str:
    """The first that can be chosen; nothing where there is none."""
    choices = [str(value) for value, _words in report.form().fields[name].choices]  # type: ignore[attr-defined]
    return next((value for value in choices if value), "")


def test_every_report_can_be_narrowed() -> None:
    assert {report.key for report in all_reports() if not set(report.form.base_fields) - DAYS} == set()


def test_every_filter_is_kept_in_the_files_and_in_the_lists_behind_the_figures(
    staff: User, staff_client: Client
) -> None:
    make_world()
    wrong, tried = [], 0
    for report in all_reports():
        for each in report.filters:
            value = first_choice(report, each.name)
            if not value:
                continue
            tried += 1
            page = staff_client.get(f"/admin/reports/{report.key}/", {each.name: value, "first": "2020-01-01"})
            soup = BeautifulSoup(page.content, "html.parser")
            files = [
                parse_qs(urlsplit(str(a["href"])).query).get(each.name) for a in soup.select(".report-files a")[:3]
            ]
            links = [str(a["href"]) for a in soup.select(".report-table td a")]
            led = [staff_client.get(link).status_code for link in links]
            where = each.listed or f"{each.column}__exact"
            kept = all(where in link for link in links if each.column and not any(one in link for one in SINGLE))
            if (page.status_code, files, set(led) - {200}, kept) != (200, [[value]] * 3, set(), True):
                wrong.append((report.key, each.name, page.status_code, files, led, links))
    assert (wrong, tried > 20) == ([], True)


def test_what_was_chosen_is_said_above_the_table_and_in_the_name_of_the_file(staff_client: Client) -> None:
    lot, fire = make_lot(name="Lot C, Harbour"), make_offence(description="Fire Route")
    ticket = make_violation(lot=lot, offence=fire, issued_at=timezone.now())
    make_violation(offence=fire, issued_at=timezone.now())
    asked = {"lot": str(lot.pk), "offence": str(fire.pk), "by": "offence"}
    soup = BeautifulSoup(staff_client.get("/admin/reports/tickets/", asked).content, "html.parser")
    assert soup.select_one(".page-head strong").get_text() == "By: Offence · Lot: Lot C, Harbour · Offence: Fire Route"  # type: ignore[union-attr]
    [point] = soup.select("svg a")
    behind = staff_client.get(str(point["href"]))
    assert [row.number for row in behind.context["cl"].result_list] == [ticket.number]
    answer = staff_client.get("/admin/reports/tickets/", asked | {"file": "csv"})
    name = answer.headers["Content-Disposition"]
    assert 'filename="tickets-offence-lot-c-harbour-fire-route-' in name
    taken = ReportDownload.objects.get()
    assert {"lot": [asked["lot"]], "offence": [asked["offence"]]}.items() <= parse_qs(taken.asked).items()
