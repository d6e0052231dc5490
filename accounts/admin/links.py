"""Single sign-on in the office: who is linked to what, and taking a link away."""

from allauth.socialaccount.models import SocialAccount
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.current import current_user
from accounts.models import User
from accounts.services.sso import unlink_identity


def link_lines(user: User) -> str:
    """Issuer and subject, as the provider's people know the person."""
    if user.login_source != User.LoginSource.SSO:
        return "–"
    links = SocialAccount.objects.filter(user=user).values_list("provider", "uid", "date_joined")
    lines = [(issuer, subject, since.date()) for issuer, subject, since in links]
    return format_html_join(mark_safe("<br>"), "{}: {} ({})", lines) or str(_("not yet"))


@admin.action(description=_("Take the single sign-on link away"), permissions=["change"])
def unlink_action(model_admin: admin.ModelAdmin, request: HttpRequest, queryset: QuerySet[User]) -> None:
    """For addresses that the organisation gave to somebody else, and after a change of its provider."""
    people = [user for user in queryset if model_admin.has_change_permission(request, user)]
    gone = sum(unlink_identity(user, by=current_user(request)) for user in people)
    messages.success(
        request,
        ngettext("%(count)d link is taken away.", "%(count)d links are taken away.", gone) % {"count": gone},
    )
