"""Change Email Address: asked for on the Security page, confirmed by a link in each of two mailboxes."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.current import current_user
from accounts.models import EmailChange
from accounts.security_forms import ChangeEmailForm
from accounts.services.email_change import ChangeRefused, confirm_email_change, read_link, start_email_change


@login_required
@sensitive_post_parameters("current")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest) -> HttpResponse:
    """The new address and the current password; how far an earlier wish has come."""
    user = current_user(request)
    form = ChangeEmailForm(request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            start_email_change(user, new=form.cleaned_data["email"])
        except ChangeRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("change_email")
    pending = EmailChange.objects.filter(user=user, old=user.email).open().first()
    return render(request, "accounts/change_email.html", {"form": form, "pending": pending})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Where the links lead, also in another browser. Looking changes nothing, for mail filters look; the button does."""
    try:
        if request.method == "POST":
            change = confirm_email_change(token)
            return render(request, "accounts/email_confirmed.html", {"change": change})
        change, side = read_link(token)
    except ChangeRefused as refusal:
        return render(request, "accounts/email_link_over.html", {"refusal": refusal}, status=410)
    return render(request, "accounts/confirm_email.html", {"change": change, "side": side})
