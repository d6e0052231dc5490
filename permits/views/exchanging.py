"""Exchange: which lots a permit can be exchanged for and at what difference, the exact quote, and the button that takes it."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.current import current_user
from accounts.models import User
from opscom.lib.office import office
from opscom.lib.prepared import prepared
from payments.services.charges import counted_to_pay
from permits.errors import PermitRefused
from permits.models import Permit, SalesWindow
from permits.services.exchange import exchange_permit, quote_exchange, value_of
from permits.services.exchangeable import windows_open_to
from permits.services.offers import offers_instead_of
from permits.views.visiting import keys_of


class ExchangeForm(forms.Form):
    """The difference that the holder saw."""

    difference = forms.DecimalField(max_digits=10, decimal_places=2)


@require_safe
@login_required
def choose_exchange(request: HttpRequest, code: str) -> HttpResponse:
    """The other lots, each with what would be paid or come back."""
    permit = _permit(request, code)
    try:
        value = value_of(permit, waiting=permit.waiting)  # type: ignore[attr-defined]
    except PermitRefused as refusal:
        return _refused(request, permit, refusal)
    offers = [
        {"offer": offer, "difference": offer.priced.total - value, "back": value - offer.priced.total}
        for offer in offers_instead_of(permit, current_user(request), keys=keys_of(request))
    ]
    context = {"permit": permit, "to_pay": permit.to_pay, "value": value, "offers": offers}  # type: ignore[attr-defined]
    return render(request, "permits/exchange.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def confirm_exchange(request: HttpRequest, code: str, window: str) -> HttpResponse:
    """The exact quote, and the button that takes it."""
    permit = _permit(request, code)
    wanted: SalesWindow = get_object_or_404(windows_open_to(current_user(request), keys_of(request)), code=window)
    try:
        if request.method == "POST":
            return _exchange(request, permit, wanted)
        quote = quote_exchange(permit, window=wanted)
    except PermitRefused as refusal:
        return _refused(request, permit, refusal, wanted)
    to_pay = permit.to_pay  # type: ignore[attr-defined]
    context: dict[str, Any] = {
        "permit": permit,
        "to_pay": to_pay,
        "window": wanted,
        "lot": wanted.permit_type.lot,
        "quote": quote,
    }
    return render(request, "permits/exchange_confirm.html", context)


def _exchange(request: HttpRequest, permit: Permit, window: SalesWindow) -> HttpResponse:
    form = ExchangeForm(request.POST)
    expected: Decimal | None = form.cleaned_data["difference"] if form.is_valid() else None
    if expected is None:
        return redirect("permits:exchange_confirm", permit.code, window.code)
    new = exchange_permit(permit, window=window, expected=expected, by=current_user(request), keys=keys_of(request))
    if new.state == Permit.State.HELD:
        messages.success(
            request,
            _("The place is held. Pay the difference, and permit %(new)s takes the place of %(old)s.")
            % {"new": new.number, "old": permit.number},
        )
        return redirect("payments:list")
    messages.success(
        request,
        _("Permit %(new)s is valid now. Do not park with %(old)s any more.")
        % {"new": new.number, "old": permit.number},
    )
    return redirect("permits:detail", new.code)


def _permit(request: HttpRequest, code: str) -> Permit:
    found = _permit_of(current_user(request), code)
    if not (found and office().exchanging):
        raise Http404
    return found[0]


@prepared
def _permit_of(user: User, code: str) -> QuerySet[Permit]:
    """With the number of the permit that waits to take its place (`waiting`)."""
    waiting = Permit.objects.filter(replaces=OuterRef("pk"), state=Permit.State.HELD).values("number")
    mine = Permit.objects.for_user(user).filter(code=code).select_related("lot", "holder", "charge")
    return mine.annotate(to_pay=counted_to_pay(user), waiting=Coalesce(Subquery(waiting[:1]), Value("")))


def _refused(
    request: HttpRequest, permit: Permit, refusal: PermitRefused, window: SalesWindow | None = None
) -> HttpResponse:
    messages.error(request, str(refusal))
    if refusal.code == "changed" and window:
        return redirect("permits:exchange_confirm", permit.code, window.code)
    on_lot = refusal.code in {"full", "same-lot", "not-for-you", "not-on-sale", "have-it", "same-plate"}
    return redirect("permits:exchange" if on_lot else "permits:detail", permit.code)
