"""The office: Django's admin behind the portal's own login and second factor."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from opscom.lib.finding import CappedPaginator
from opscom.office.list_files import list_file
from opscom.office.people.looking import look_up
from opscom.office.queue.today import waiting_lanes
from opscom.office.reports import pages
from opscom.office.trail.pages import show_trail
from opscom.office.unpaid.pages import show_unpaid

# The drawings that people look at every day, one click from the first page.
CHARTS = ("revenue", "occupancy", "tickets", "appeals")


class OfficeSite(admin.AdminSite):
    """Only active staff who have entered a one-time password in this session get in."""

    site_header = _("Parking office")
    site_title = _("Parking office")
    index_title = _("Today")
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """No list counts its table: pages are counted as far as anybody leafs."""
        counted = {"paginator": CappedPaginator, "show_full_result_count": False}
        super().register(model_or_iterable, admin_class, **counted | options)

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return bool(user.is_active and user.is_staff and user.is_verified())

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Put together where it is shown: Django asks for it on every page, and it is half of what a list costs."""
        return SimpleLazyObject(partial(super().get_app_list, request, app_label))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """What spans every app: reports, the guide, looking somebody up, what is held and not paid, lists as files."""
        from opscom.views.guides import show_office_guide

        own = [
            path("find/", self.admin_view(look_up), name="find"),
            path("help/", self.admin_view(show_office_guide), name="help"),
            path("lists/<slug:app>/<slug:model>.<slug:file>", self.admin_view(self.list_file), name="list_file"),
            path("unpaid/", self.admin_view(show_unpaid), name="unpaid"),
            path("reports/", self.admin_view(pages.list_reports), name="reports"),
            path("reports/<slug:key>/", self.admin_view(pages.show_report), name="report"),
        ]
        history = path("<slug:app>/<slug:model>/<path:key>/history/", self.admin_view(show_trail), name="trail")
        return [*own, history, *super().get_urls()]

    def list_file(self, request: HttpRequest, app: str, model: str, file: str) -> HttpResponseBase:
        """Any list as a file."""
        return list_file(request, self, app, model, file)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Today: what waits for the office, before the list of everything."""
        waiting, empty = waiting_lanes(request)
        reports = pages.reports_for(request)
        charts = [report for report in reports if report.key in CHARTS]
        shown = {"lanes": waiting, "empty": empty, "reports": reports, "charts": charts}
        return super().index(request, shown | (extra_context or {}))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The portal's login page; a person who is signed in but no staff is told so plainly."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            from opscom.views.errors import forbidden

            return forbidden(request)
        target = request.GET.get("next") or reverse("admin:index")
        return redirect(f"{reverse('account_login')}?{urlencode({'next': target})}")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The portal's own page, which writes it down and tells the person."""
        return redirect("change_password")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The portal's own way out."""
        return redirect("account_logout")
