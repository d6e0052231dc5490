"""All unpaid tickets of one plate in one guest checkout, after a code to the address on file (FIELD b 23)."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from payments.models import Charge
from payments.views.checkout import check_out, ticked
from payments.views.overview import price_charges
from violations.errors import PlateCodeRefused
from violations.models import PlateCode, Violation
from violations.services.debts import open_charges_of
from violations.services.plate_tickets import (
    bring_up_to_date,
    enter_plate_code,
    masked,
    opened_plate,
    send_plate_code,
    tickets_of,
)
from violations.views.access import find_visible, turn_away, was_opened


class PlateCodeForm(forms.Form):
    """The digits from the mail."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        help_text=gettext_lazy("Six digits. They work once, for 15 minutes."),
        error_messages={"required": gettext_lazy("Enter the six digits from the e-mail.")},
        widget=forms.TextInput(
            attrs={"class": "form-control plate-field", "autocomplete": "one-time-code", "inputmode": "numeric"}
        ),
    )


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def show_plate(request: HttpRequest, number: str) -> HttpResponse:
    """First the way to the code, then its field, then the tickets."""
    violation, at = _opened_ticket(request, number), timezone.now()
    if violation is None:
        return turn_away(request)
    asked, form = request.session.get(_key(violation), ""), PlateCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            enter_plate_code(violation, asked=asked, typed=form.cleaned_data["code"], at=at)
        except PlateCodeRefused as refusal:
            form.add_error("code", refusal.message)
        else:
            return redirect("violations:plate", number)
    opened = opened_plate(violation, asked, at=at) if asked else None
    context = {"violation": violation, "form": form, "asked": asked, "opened": opened, "currency": settings.CURRENCY}
    if opened:
        context["charges"] = charges = _charges(opened)
        context["payable"] = [charge for charge in charges if charge.can_be_paid]  # type: ignore[attr-defined]
    return render(request, "violations/plate.html", context)


@require_POST
def ask_for_code(request: HttpRequest, number: str) -> HttpResponse:
    """Send a code, if there is somebody to send it to."""
    violation = _opened_ticket(request, number)
    if violation is None:
        return turn_away(request)
    try:
        row = send_plate_code(violation)
    except PlateCodeRefused as refusal:
        messages.error(request, refusal.message)
    else:
        request.session[_key(violation)] = row.code
        if row.user:
            messages.success(request, _("A code is on its way to %(email)s.") % {"email": masked(row.user.email)})
        else:
            messages.info(request, _("If an address is on file for this plate, a code is on its way to it."))
    return redirect("violations:plate", number)


@require_POST
def pay_plate(request: HttpRequest, number: str) -> HttpResponse:
    """One checkout of all that is ticked."""
    violation, at = _opened_ticket(request, number), timezone.now()
    if violation is None:
        return turn_away(request)
    page = reverse("violations:plate", args=[number])
    opened = opened_plate(violation, request.session.get(_key(violation), ""), at=at)
    if opened is None:
        return redirect(page)
    if bring_up_to_date(opened, at=at):
        messages.warning(request, _("A late fee has fallen due. Look at what is owed now, then go on."))
        return redirect(page)
    charges = ticked(request, open_charges_of(tickets_of(opened)))
    return check_out(request, charges, user=None, page=page, kept=f"plate_checkout:{number}")


def _opened_ticket(request: HttpRequest, number: str) -> Violation | None:
    """The ticket, where this browser has shown its PIN; the payer has Payments, and staff the office."""
    violation = find_visible(request, number) if was_opened(request, number) else None
    return violation if violation and violation.plate else None


def _charges(opened: PlateCode) -> list[Charge]:
    """Priced, with a tick where they can be paid. Their pages open with their own PINs only, so they are no links."""
    charges = price_charges(open_charges_of(tickets_of(opened)).with_standing(), timezone.now())
    for charge in charges:
        charge.link = ""
    return charges


def _key(violation: Violation) -> str:
    return f"plate_code:{violation.number}"
