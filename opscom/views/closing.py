"""Close My Account."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth import logout as end_session
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.current import current_user
from lockers.models import LockerTerm
from opscom.lib.dates import today
from opscom.lib.office import office
from opscom.office.people.closing import NotClosed, close_account, obstacles
from opscom.views.confirmation import confirmation_form
from permits.models import Permit


@login_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def close_own_account(request: HttpRequest) -> HttpResponse:
    """What will happen, what stands against it, and the button; then the person is out."""
    user, form = current_user(request), confirmation_form(request)
    if request.method == "POST" and form.is_valid():
        try:
            close_account(user, by=user)
        except NotClosed as refusal:
            form.add_error(None, str(refusal))
        else:
            end_session(request)
            messages.success(request, _("Your account is closed. An e-mail says how to open it again."))
            return redirect("account_login")
    context = {
        "form": form,
        "obstacles": obstacles(user),
        "erased_on": today() + timedelta(days=office().retention_days),
        "permits": Permit.objects.for_user(user).filter(valid_before__gt=today()).taking_space(timezone.now()).count(),
        "lockers": LockerTerm.objects.for_user(user)
        .filter(state__in=LockerTerm.TAKING, ends_before__gt=today())
        .count(),
    }
    return render(request, "people/close_account.html", context)
