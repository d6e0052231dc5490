"""Company Manager: the company's people, and the way into the account of each (COM-1, COM-2)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import acting
from accounts.current import current_user
from accounts.models import Company, CompanyMembership
from accounts.services.acting import ActingRefused, membership_of, start_acting

PAGE = 25


@login_required
@require_safe
def list_members(request: HttpRequest) -> HttpResponse:
    """The company's people with a login icon each; found by name, address or number."""
    company = managed_company(request)
    wanted = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    members = CompanyMembership.objects.filter(company=company, active=True).matching(wanted).select_related("user")
    page = Paginator(members, PAGE).get_page(request.GET.get("page"))
    return render(request, "accounts/company.html", {"company": company, "page": page, "wanted": wanted})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, code: str) -> HttpResponse:
    """Whose account it is, then that person's Home. The list's dialog posts here at once; without scripts the page asks."""
    company = managed_company(request)
    members = CompanyMembership.objects.filter(company=company, active=True).select_related("user")
    member = get_object_or_404(members, code=code)
    if request.method != "POST":
        return render(request, "accounts/company_enter.html", {"company": company, "member": member})
    if "confirmed" not in request.POST:
        return redirect("company_enter", code)
    try:
        session = start_acting(member.user, by=current_user(request), company=company)
    except ActingRefused as refusal:
        messages.error(request, refusal.message)
        return redirect("company")
    acting.enter(request, session)
    return redirect("home")


def managed_company(request: HttpRequest) -> Company:
    """The company that the visitor manages; 403 for everybody else."""
    membership = membership_of(current_user(request))
    if membership is None or not membership.is_manager:
        raise PermissionDenied(_("This page is for company managers."))
    return membership.company
