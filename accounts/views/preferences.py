"""Email Preferences, and the Unsubscribe link of e-mails (PREF-1, PREF-2)."""

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.current import current_user
from accounts.models import EmailCategory, User
from accounts.services.preferences import (
    read_unsubscribe_token,
    save_preferences,
    unsubscribe,
    unwanted_codes,
)
from opscom.lib.office import office

PAGE = "accounts/email_preferences.html"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest) -> HttpResponse:
    """A checkbox for each category that may be switched off; the essential ones are listed below."""
    _or_404()
    user = current_user(request)
    if request.method == "POST" and "all" not in request.POST:
        save_preferences(user, wanted=request.POST.getlist("category"), by=user)
        messages.success(request, _("Your email preferences are saved."))
        return redirect("email_preferences")
    return render(request, PAGE, _context(request, user))


@csrf_exempt  # the address itself says who wants what: a mail program has neither cookie nor form
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Where the Unsubscribe link leads, without login. Looking changes nothing (mail programs look ahead); the button
    does, and so does a mail program's one-click POST (RFC 8058)."""
    _or_404()
    known = read_unsubscribe_token(token)
    if known is None:
        raise Http404
    user, category = known
    if request.method == "POST" and "all" not in request.POST:
        if "save" in request.POST:
            save_preferences(user, wanted=request.POST.getlist("category"), by=None)
        else:
            unsubscribe(user, category, by=None)
        if request.POST.get("List-Unsubscribe") == "One-Click":
            return HttpResponse("ok\n", content_type="text/plain")
        return redirect("unsubscribe", token)
    context = _context(request, user)
    context |= {"token": token, "category": category, "stopped": category.code in context["unwanted"]}
    return render(request, PAGE, context)


def _context(request: HttpRequest, user: User) -> dict[str, Any]:
    """What the page shows: the stored choices, or, after Select/Deselect All without scripts, all or none of them ticked."""
    categories = list(EmailCategory.objects.all())
    optional = [category for category in categories if not category.essential]
    unwanted = unwanted_codes(user)
    codes: Collection[str] = {category.code for category in optional}
    ticked = set(codes) - unwanted
    if "all" in request.POST:
        ticked = set() if set(request.POST.getlist("category")) >= set(codes) else set(codes)
    return {
        "optional": optional,
        "essential": [category for category in categories if category.essential],
        "unwanted": unwanted,
        "ticked": ticked,
        "unsaved": "all" in request.POST,
    }


def _or_404() -> None:
    """Switched off, there is no page and no endpoint (PREF-4)."""
    if not office().email_preferences:
        raise Http404
