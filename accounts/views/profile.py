"""Your Profile (REG-6, REG-7)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.acting import acting_session
from accounts.current import current_user
from accounts.forms import ProfileForm
from accounts.models import User
from accounts.navigation import remember_language
from accounts.services.phones import confirmation_code
from accounts.services.profile import offers_boot_codes, profile_rules, save_profile
from accounts.text_parking import subscription_of


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest) -> HttpResponse:
    """What the office asks; Save Changes opens the rest of the portal."""
    # A row of its own: a refused form leaves its answers on it, and the name at the head of the page must not follow.
    user = User.objects.select_related("user_type").get(pk=current_user(request).pk)
    first_time = not user.profile_complete
    rules = profile_rules(user)
    context = {"person": user, "phone": user.phone, "first_time": first_time, "subscription": subscription_of(user)}
    context["unconfirmed"] = bool(user.phone) and user.texts_from != user.phone
    # Whoever acts for the person would bind a phone of their own to the person's card with it.
    context["code"] = "" if acting_session(request) or not context["unconfirmed"] else confirmation_code(user)
    posted = request.POST if request.method == "POST" else None
    offered = {"parks_by_text": context["subscription"] is not None, "boot_codes": offers_boot_codes()}
    form = ProfileForm(posted, instance=user, rules=rules, **offered)
    if request.method == "POST" and form.is_valid():
        save_profile(user, answers=form.answers(), rules=rules)
        reads = (get_language() if acting_session(request) else None) or user.language
        with override(reads):
            messages.success(request, _("Your changes are saved."))
            if not user.profile_complete:
                messages.warning(request, _("One step left: add your address. The other pages open after that."))
        response = redirect("addresses" if not user.profile_complete else "home" if first_time else "profile")
        remember_language(response, reads)
        return response
    return render(request, "accounts/profile.html", context | {"form": form})
