"""The way back from acting for somebody, and the person's own say in it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import acting
from accounts.current import current_user
from accounts.models import ActAsSession
from accounts.services.acting import end_acting, give_consent, membership_of, revoke_consent

SHOWN = 20


@login_required
@require_POST
def stop_acting(request: HttpRequest) -> HttpResponse:
    """Back to …: the own account again, its second factor still passed."""
    session = acting.acting_session(request)
    if session is None:
        return redirect("home")
    end_acting(session, how=ActAsSession.Ended.BACK)
    acting.leave(request)
    messages.success(request, _("You are back in your own account."))
    return redirect(acting.page_after(request, session))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest) -> HttpResponse:
    """Who has acted for this person, and whether the company's managers may."""
    user = current_user(request)
    if request.method == "POST":
        if request.POST.get("allow") == "yes":
            give_consent(user)
            messages.success(request, _("Your company's managers may act for you."))
        else:
            revoke_consent(user)
            messages.success(
                request, _("Nobody from your company can act for you any more. Whoever did is logged out of it.")
            )
        return redirect("acting_consent")
    sessions = ActAsSession.objects.for_user(user).select_related("actor", "company")[:SHOWN]
    return render(request, "accounts/acting_consent.html", {"membership": membership_of(user), "sessions": sessions})
