"""The office's counter: select what a person pays, add credit, submit (FLEX-1 to FLEX-3)."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.current import current_user
from accounts.models import User
from payments.desk_forms import CreditForm, TakeForm
from payments.errors import AlreadyPaid, PaymentRefused, ProviderUnreachable
from payments.forms import lines_of
from payments.models import Charge, Checkout, Payment
from payments.models.payment import ReceivedAs
from payments.services.checkouts import start_checkout
from payments.services.cheques import bounce_cheque
from payments.services.credits import add_credit, unspent_credit
from payments.services.promises import promise_payment
from payments.views.overview import price_charges

PROCESS, ADD = "payments.process_payment", "payments.add_adjustment"


def show_person(request: HttpRequest, pk: int) -> HttpResponse:
    """Payments of a person: select the items, then Continue to Checkout."""
    _need(request, PROCESS)
    person = get_object_or_404(User, pk=pk)
    owed = Charge.objects.for_user(person)
    if request.method == "POST":
        try:
            ticked = owed.filter(
                pk__in=[key for key in request.POST.getlist("charge") if key.isascii() and key.isdigit()]
            )
            checkout = start_checkout(ticked, user=person, language=person.language)
        except PaymentRefused as refusal:
            messages.error(request, str(refusal))
            return redirect(request.path)
        return redirect("admin:payments_payment_take", checkout.pk)
    context = {
        "person": person,
        "charges": price_charges(owed.open().with_standing(), timezone.now()),
        "credits": unspent_credit(person),
    }
    return _page(request, "person", _("Payments of %(name)s") % {"name": person.get_full_name()}, context)


def take(request: HttpRequest, pk: int) -> HttpResponse:
    """The payment: method, then a look at it, then it is Paid but not Processed."""
    _need(request, PROCESS)
    checkout = _checkout(pk)
    form = TakeForm(request.POST or None, checkout=checkout)
    checked = request.method == "POST" and form.is_valid()
    if checked and "confirmed" in request.POST:
        try:
            payment = promise_payment(
                checkout,
                method_code=form.cleaned_data["method"].code,
                email=checkout.email,
                credit=form.cleaned_data["credit"],
                by=current_user(request),
            )
        except (PaymentRefused, AlreadyPaid) as refusal:
            messages.error(request, str(refusal))
            return redirect("admin:accounts_user_change", checkout.user_id)
        except ProviderUnreachable:
            messages.error(
                request, _("The card provider does not answer, and the person has a card page open. Try again.")
            )
            return redirect(request.path)
        messages.success(request, _("Submitted. It is paid once you process it."))
        return redirect("admin:payments_payment_change", payment.pk)
    context = {"checkout": checkout, "lines": lines_of(checkout), "form": form, "checked": checked}
    if checked:
        context["method"] = form.cleaned_data["method"]
    return _page(request, "take", _("Check the payment") if checked else _("Payment"), context)


def credit(request: HttpRequest, pk: int) -> HttpResponse:
    """Add Credit, for the items of a payment that is being taken."""
    _need(request, ADD)
    checkout = _checkout(pk)
    charges = [line.charge for line in lines_of(checkout)]
    person: User = checkout.user  # type: ignore[assignment]  # _checkout answers those of users alone
    return _credit(request, person, charges, reverse("admin:payments_payment_take", args=[pk]))


def credit_person(request: HttpRequest, pk: int) -> HttpResponse:
    """Add Credit, for whatever the person owes next."""
    _need(request, ADD)
    person = get_object_or_404(User, pk=pk, is_active=True, is_staff=False)
    return _credit(request, person, [], reverse("admin:accounts_user_change", args=[pk]))


def _credit(request: HttpRequest, person: User, charges: list[Charge], back: str) -> HttpResponse:
    """Payment Method, Amount, Comment."""
    form = CreditForm(request.POST or None, kinds={charge.kind for charge in charges})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        add_credit(
            person,
            charges=charges,
            method=given["method"],
            amount=given["amount"],
            received_as=given["received_as"],
            comment=given["comment"],
            code=given["once"],
            by=current_user(request),
        )
        messages.success(request, _("The credit is added. It is spent with this payment, or with the next one."))
        return redirect(back)
    return _page(request, "credit", _("Add Credit"), {"person": person, "back": back, "form": form})


def bounce(request: HttpRequest, pk: int) -> HttpResponse:
    """A cheque came back from the bank: what will happen, then it happens."""
    _need(request, PROCESS)
    processed = Payment.objects.select_related("checkout__user", "receipt").exclude(receipt=None)
    payment = get_object_or_404(processed, pk=pk, received_as=ReceivedAs.CHEQUE)
    if request.method == "POST":
        try:
            bounce_cheque(payment, by=current_user(request))
        except PaymentRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The cheque is undone; what it paid is owed again, and the payer is told."))
        return redirect("admin:payments_payment_change", pk)
    return _page(request, "bounce", _("The cheque bounced"), {"payment": payment, "lines": lines_of(payment.checkout)})


def _checkout(pk: int) -> Checkout:
    """A user's own checkout; a guest's and a company's are not paid here."""
    return get_object_or_404(Checkout.objects.select_related("user"), pk=pk, user__isnull=False, company=None)


def _need(request: HttpRequest, right: str) -> None:
    if not request.user.has_perm(right):
        raise PermissionDenied


def _page(request: HttpRequest, name: str, title: str, context: dict[str, Any]) -> HttpResponse:
    frame = {**admin.site.each_context(request), "title": title, "opts": Payment._meta}
    return render(request, f"admin/payments/desk/{name}.html", frame | context)
