"""A lot's own page, which its direct link or QR opens."""

from allauth.core.ratelimit import consume
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.current import current_user
from opscom.lib.office import office
from permits.forms import LotPasswordForm
from permits.lot_words import covers_words, times_words
from permits.models import Lot
from permits.models.lot import Keys
from permits.services.offers import offers_of
from permits.services.temporary import list_temporary

SESSION_KEY = "lot_keys"


def keys_of(request: HttpRequest) -> Keys:
    """What this session has opened lots with, by lot: their passwords, or of lots that are not listed their link."""
    keys: Keys = request.session.get(SESSION_KEY, {})
    return keys


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def show_lot(request: HttpRequest, code: str) -> HttpResponse:
    """What one lot sells, listed or not; its password first, where it has one."""
    user = current_user(request)
    lots = Lot.objects.with_closing(timezone.now(), days=office().closure_days)
    lot: Lot = get_object_or_404(lots.exclude(visibility=Lot.Visibility.HIDDEN), code=code)
    if not lot.opens_with(keys_of(request)):
        return _ask_password(request, lot)
    if not Lot.objects.for_type_of(user).filter(pk=lot.pk).exists():
        messages.error(request, _("This lot is for other users. Look at the lots on the Permits page."))
        return redirect("permits:list")
    if request.method == "POST":
        return redirect("permits:lot", lot.code)
    _remember(request, lot)
    (card,) = offers_of([lot], user, keys=keys_of(request))
    temporary = list_temporary(Lot.objects.filter(pk=lot.pk)) if office().temporary_permits else []
    context = {"card": card, "lot": lot, "temporary": temporary, "times": [*covers_words(lot), *times_words(lot)]}
    return render(request, "permits/lot.html", context)


def _remember(request: HttpRequest, lot: Lot) -> None:
    """Who has the link of a lot that is not listed may exchange a permit for one there."""
    if lot.visibility == Lot.Visibility.DIRECT and keys_of(request).get(str(lot.pk)) != lot.key:
        request.session[SESSION_KEY] = {**keys_of(request), str(lot.pk): lot.key}


def _ask_password(request: HttpRequest, lot: Lot) -> HttpResponse:
    """The password, a few tries at a time; a wrong one tells nothing of the lot."""
    form = LotPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not consume(request, action="lot_password", user=request.user):
            form.add_error("password", _("Too many tries. Wait 15 minutes, or ask the office."))
        elif lot.takes_password(form.cleaned_data["password"]):
            request.session[SESSION_KEY] = {**keys_of(request), str(lot.pk): lot.key}
            return redirect("permits:lot", lot.code)
        else:
            form.add_error("password", _("This is not the password. Ask whoever gave you the link."))
    return render(request, "permits/lot_password.html", {"form": form})
