"""Addresses (ACC-3)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.address_form import AddressForm
from accounts.current import current_user
from accounts.models import Address, ProfilePolicy, User
from accounts.services.addresses import AddressRefused, address_rule, remove_address, save_address
from opscom.lib.office import office


@login_required
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """One card for each kind of address."""
    user = current_user(request)
    rule = _rule_or_404(user)
    known = {address.kind: address for address in user.addresses.all()}
    context = {
        "kinds": [(kind, known.get(kind.value)) for kind in Address.Kind],
        "read_only": rule == ProfilePolicy.Rule.READ_ONLY,
        "missing": rule == ProfilePolicy.Rule.REQUIRED and not known,
    }
    return render(request, "accounts/addresses.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, kind: str) -> HttpResponse:
    """Edit Address; Save Changes stores it, and opens the portal where the address was all that was missing."""
    user = current_user(request)
    if _rule_or_404(user) == ProfilePolicy.Rule.READ_ONLY or kind not in Address.Kind:
        raise Http404
    address = user.addresses.filter(kind=kind).first() or Address(user=user, kind=kind)
    form = AddressForm(request.POST if request.method == "POST" else None, instance=address)
    if request.method == "POST" and form.is_valid():
        waited = not user.profile_complete
        save_address(user, kind=kind, answers=form.answers(), by=user)
        messages.success(request, _("Your address is saved."))
        if waited:
            return redirect("home" if user.profile_complete else "profile")
        return redirect("addresses")
    return render(request, "accounts/edit_address.html", {"form": form, "kind": Address.Kind(kind)})


@login_required
@require_POST
def remove(request: HttpRequest, kind: str) -> HttpResponse:
    """Forget an address that is no longer right."""
    user = current_user(request)
    _rule_or_404(user)
    try:
        remove_address(get_object_or_404(Address, user=user, kind=kind), by=user)
    except AddressRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The address is removed."))
    return redirect("addresses")


def _rule_or_404(user: User) -> str:
    """The office's rule for this person's address; a feature that is off, or hidden from them, has no page."""
    rule = address_rule(user) if office().addresses_enabled else ProfilePolicy.Rule.HIDDEN
    if rule == ProfilePolicy.Rule.HIDDEN:
        raise Http404
    return rule
