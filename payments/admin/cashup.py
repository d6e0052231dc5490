"""The page of a cash-up: tick the promises, count the money, see the receipts."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.current import current_user
from opscom.lib.money import ZERO
from payments.desk_forms import MOST
from payments.errors import PaymentRefused
from payments.models import CashDrawer, Payment, PaymentMethod
from payments.models.payment import ReceivedAs
from payments.services import cashing

PROCESS = "payments.process_payment"


class CashUpForm(forms.Form):
    """What was counted, and what it was: one cash-up is of one kind."""

    received_as = forms.ChoiceField(label=gettext_lazy("Received as"), choices=ReceivedAs.choices)
    counted = forms.DecimalField(
        label=gettext_lazy("Money counted"), max_digits=10, decimal_places=2, min_value=ZERO, max_value=MOST
    )


def promised() -> QuerySet[Payment]:
    """What a cashier can be handed, what is due first in front."""
    rows = Payment.objects.filter(state=Payment.State.PROMISED, method__code=PaymentMethod.CASH, amount__gt=0)
    return rows.select_related("checkout__user", "checkout__company").order_by("promise_due_on", "pk")


def cash_up_page(request: HttpRequest, found: QuerySet[Payment], words: str) -> HttpResponse:
    """Tick, then count, then the result. `found` are the promises that the search leaves."""
    if not request.user.has_perm(PROCESS):
        raise PermissionDenied
    if "done" in request.GET:
        return _result(request)
    chosen = list(promised().filter(pk__in=_keys(request.POST, "promise"))[: cashing.MOST + 1])
    counting = request.method == "POST" and bool(chosen)
    form = CashUpForm(request.POST if "counted" in request.POST else None)
    if counting and form.is_bound and form.is_valid():
        try:
            return _process(request, chosen, form.cleaned_data)
        except PaymentRefused as refusal:
            form.add_error("counted", refusal.message)
    elif request.method == "POST" and not chosen:
        messages.error(request, _("Tick the promises whose money you have."))
    context: dict[str, Any] = {
        "form": form,
        "chosen": chosen if counting else [],
        "total": cashing.sum_of(chosen),
        "promises": [] if counting else list(found[: cashing.MOST]),
        "most": cashing.MOST,
        "words": words,
        "drawer": CashDrawer.objects.open_of(current_user(request)),
    }
    return _page(request, "count" if counting else "promises", _("Cash up promises"), context)


def _process(request: HttpRequest, chosen: list[Payment], said: dict[str, Any]) -> HttpResponse:
    taken = cashing.cash_up(
        chosen, counted=said["counted"], received_as=ReceivedAs(said["received_as"]), by=current_user(request)
    )
    for one in taken:
        if one.refusal:
            messages.error(request, f"{one.payment.code}: {one.refusal}")
    keys = QueryDict(mutable=True)
    keys.setlist("done", [str(one.payment.pk) for one in taken if not one.refusal])
    return redirect(f"{request.path}?{keys.urlencode() or 'done='}")


def _result(request: HttpRequest) -> HttpResponse:
    """The receipts of a cash-up, as the books have them."""
    rows = Payment.objects.filter(pk__in=_keys(request.GET, "done"), state=Payment.State.CONFIRMED)
    done = list(rows.select_related("checkout__user", "checkout__company", "receipt", "drawer__cashier").order_by("pk"))
    received = sum((payment.received or ZERO for payment in done), start=ZERO)
    return _page(request, "done", _("Promises cashed up"), {"done": done, "received": received})


def _keys(given: QueryDict, name: str) -> list[str]:
    return [key for key in given.getlist(name) if key.isascii() and key.isdigit() and len(key) < 19]


def _page(request: HttpRequest, name: str, title: str, context: dict[str, Any]) -> HttpResponse:
    frame = {**admin.site.each_context(request), "title": title, "opts": Payment._meta}
    return render(request, f"admin/payments/cashup/{name}.html", frame | context)
