"""Every file that a member of staff takes out leaves a row, from whatever address; nobody else's does."""

from types import SimpleNamespace

import pytest
from django.http import HttpResponse, HttpResponseBase
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import User
from opscom.lib.taken import called
from opscom.models import ReportDownload
from opscom.office.reports.titles import title_of
from opscom.office.taken import NOTED, FilesTakenMiddleware
from tests.conftest import sign_in

pytestmark = pytest.mark.django_db
CSV = {"Content-Type": "text/csv", "Content-Disposition": 'attachment; filename="a.csv"'}


def names(resolver: URLResolver, space: str = "") -> list[str]:
    found: list[str] = []
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            found += names(pattern, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        elif isinstance(pattern, URLPattern) and pattern.name:
            found.append(f"{space}{pattern.name}")
    return found


def take(by: User, view: str, answer: HttpResponseBase) -> None:
    request = RequestFactory().get("/somewhere/", {"q": "1"})
    request.user, request.acting = by, None  # type: ignore[attr-defined]
    request.resolver_match = SimpleNamespace(view_name=view)  # type: ignore[assignment]
    FilesTakenMiddleware(lambda _request: answer)(request)


def rows() -> list[tuple[str, str, str, str]]:
    return list(ReportDownload.objects.order_by("pk").values_list("report", "asked", "file", "by__email"))


def test_a_file_from_any_address_leaves_a_row(staff: User) -> None:
    known = sorted(set(names(get_resolver())))
    for name in known:
        take(staff, name, HttpResponse(headers=CSV))
    assert len(known) > 600
    assert {
        view for view in known if not ReportDownload.objects.filter(report=view.removeprefix("admin:")[:40])
    } == NOTED


@pytest.mark.parametrize(
    ("headers", "status", "file"),
    [
        (CSV, 200, "csv"),
        ({"Content-Type": "application/pdf", "Content-Disposition": "inline"}, 200, "pdf"),
        ({"Content-Type": "image/jpeg", "Content-Disposition": "attachment"}, 200, "other"),
        ({"Content-Type": "image/jpeg", "Content-Disposition": "inline"}, 200, None),
        ({"Content-Type": "text/html"}, 200, None),
        (CSV, 403, None),
    ],
)
def test_what_counts_as_a_file(staff: User, headers: dict[str, str], status: int, file: str | None) -> None:
    take(staff, "x", HttpResponse(status=status, headers=headers))
    assert [row[2] for row in rows()] == ([file] if file else [])


def test_a_file_that_says_its_name_is_noted_under_it(staff: User, resident: User) -> None:
    take(staff, "x", called(HttpResponse(headers=CSV), "books", "first=1"))
    take(resident, "x", HttpResponse(headers=CSV))
    assert rows() == [("books", "first=1", "csv", staff.email)]


def test_exports_are_in_the_audit(staff_client: Client, staff: User) -> None:
    books = reverse("admin:payments_ledgerentry_export")
    for path in (reverse("admin:lockers_locker_export"), f"{books}?first=2026-01-01&last=2026-01-02&lines=each"):
        assert staff_client.get(path).status_code == 200
    assert rows() == [
        ("lockers_locker_export", "/admin/lockers/locker/export/", "csv", staff.email),
        ("books", "first=2026-01-01&last=2026-01-02&lines=each", "csv", staff.email),
    ]
    said = " ".join(staff_client.get("/admin/reports/audit/", {"kind": "export"}).content.decode().split())
    assert [
        word for word in ("Lockers", "/admin/lockers/locker/export/", "Export for bookkeeping") if word not in said
    ] == []


def test_a_resident_s_own_files_are_nobody_s_business(resident: User) -> None:
    client = sign_in(Client(), resident)
    assert client.get(reverse("history_csv")).status_code == 200
    assert ReportDownload.objects.count() == 0


@pytest.mark.parametrize(
    ("key", "title"),
    [
        ("books", "Export for bookkeeping"),
        ("accounts-user", "List: users"),
        ("forms_module_formdefinition_export", "Forms"),
        ("violations_letterbatch_file", "Batches of letters"),
        ("payments:receipt_pdf", "Receipt"),
        ("nothing_known", "nothing_known"),
    ],
)
def test_rows_have_a_name_that_people_know(key: str, title: str) -> None:
    assert title_of(key) == title
