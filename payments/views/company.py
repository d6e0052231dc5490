"""Company Invoice: what the company's people owe, payable in one checkout."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.current import current_user
from accounts.models import Company
from accounts.services.acting import membership_of
from payments.pdf import invoice_pdf
from payments.services.companies import owed_by_people_of
from payments.views.checkout import check_out, ticked
from payments.views.overview import price_charges
from payments.views.receipts import as_pdf

PAGE = 100


@login_required
@require_safe
def show_invoice(request: HttpRequest) -> HttpResponse:
    """Everything that is open, person by person, each with a tick."""
    company = paying_company(request)
    owed = owed_by_people_of(company).with_standing().select_related("payer")
    page = Paginator(owed, PAGE).get_page(request.GET.get("page"))
    charges = price_charges(page.object_list, timezone.now())
    context = {
        "company": company,
        "page": page,
        "charges": charges,
        "payable": any(charge.can_be_paid for charge in charges),  # type: ignore[attr-defined]
        "currency": settings.CURRENCY,
        "at": timezone.now(),
    }
    return render(request, "payments/company_invoice.html", context)


@login_required
@require_safe
def print_invoice(request: HttpRequest) -> HttpResponse:
    """All of it as a PDF."""
    return answer_invoice(paying_company(request))


def answer_invoice(company: Company) -> HttpResponse:
    """What the company's people owe now, as a PDF."""
    at = timezone.now()
    charges = list(owed_by_people_of(company).with_standing().select_related("payer"))
    return as_pdf(invoice_pdf(company, charges, at), f"{company.code}-{timezone.localdate(at)}.pdf")


@login_required
@require_POST
def start_company(request: HttpRequest) -> HttpResponse:
    """Continue to Checkout: freeze what is ticked, as far as the company's people owe it."""
    company = paying_company(request)
    page = reverse("payments:company_invoice")
    charges = ticked(request, owed_by_people_of(company))
    return check_out(request, charges, user=current_user(request), company=company, page=page)


def paying_company(request: HttpRequest) -> Company:
    """The company that the visitor pays for; 403 for everybody else."""
    membership = membership_of(current_user(request))
    if membership is None or not membership.sees_invoice:
        raise PermissionDenied(_("This page is for company managers and billing contacts."))
    return membership.company
