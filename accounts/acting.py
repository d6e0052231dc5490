"""The browser's side of acting for a person. The session stays the actor's own, with its second factor; one key in it
names the person, and the middleware looks at every request whether that still holds."""

from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import ActAsSession, User
from accounts.services.acting import membership_of

SESSION_KEY = "acting"
# The pages that stay the person's own, by the names of their addresses: login, password, second factor, e-mail address,
# sessions, consents and preferences, the account's end, its data. The office and a company's own pages belong to who acts.
PERSONAL = {
    "acting_consent",
    "authenticator",
    "change_email",
    "change_password",
    "close_account",
    "company",
    "company_enter",
    "confirm_email_change",
    "email_preferences",
    "history_csv",
    "history_mail",
    "lockers:combination",
    "log_out_others",
    "multiauth",
    "my_data",
    "my_data_file",
    "one_time_password",
    "payments:add_card",
    "payments:agree_plan",
    "payments:card_return",
    "payments:cards",
    "payments:company_invoice",
    "payments:company_invoice_pdf",
    "payments:company_start",
    "payments:company_statement",
    "payments:new_plan",
    "payments:plan_card",
    "payments:primary_card",
    "payments:remove_card",
    "permits:rollover",
    "security",
    "send_one_time_password",
    "unsubscribe",
    "violations:plan",
}
PERSONAL_STARTS = ("account_", "activate", "admin:", "saml_", "sso_")
# What a form that is sent meanwhile did, for the person's history; the others' by the form of their address. Reserving and
# paying have event rows that name who acted.
DONE = {
    "profile": gettext_lazy("Your Profile"),
    "edit_address": gettext_lazy("Addresses"),
    "remove_address": gettext_lazy("Addresses"),
    "vehicles:disclaimer": gettext_lazy("Vehicle Disclaimer"),
    "vehicles:add": gettext_lazy("Add New Vehicle"),
    "vehicles:edit": gettext_lazy("Edit vehicle"),
    "vehicles:active": gettext_lazy("Vehicle: Active"),
    "uploads": gettext_lazy("Upload Documents"),
    "delete_upload": gettext_lazy("Upload Documents"),
    "permits:disclaimer": gettext_lazy("Permit Disclaimer"),
    "lockers:disclaimer": gettext_lazy("Locker Disclaimer"),
    "permits:courtesy": gettext_lazy("Courtesy Car"),
    "permits:courtesy_end": gettext_lazy("Courtesy Car"),
    "permits:plates": gettext_lazy("Change Plates"),
    "permits:exchange_confirm": gettext_lazy("Exchange"),
    "permits:extend": gettext_lazy("Extend"),
    "permits:renew": gettext_lazy("Renew"),
    "permits:get_temp": gettext_lazy("Get Temp Permit"),
    "permits:hang_tag": gettext_lazy("Hang tag"),
    "permits:lost": gettext_lazy("Print"),
    "permits:print": gettext_lazy("Print"),
    "permits:visit": gettext_lazy("Visitors"),
    "permits:visit_end": gettext_lazy("Visitors"),
    "permits:visitor_forget": gettext_lazy("Visitors"),
    "permits:visitor_hours": gettext_lazy("Visitor hours"),
    "waitlists:accept": gettext_lazy("Waitlists"),
    "waitlists:answer": gettext_lazy("Waitlists"),
    "waitlists:join": gettext_lazy("Waitlists"),
    "waitlists:leave": gettext_lazy("Waitlists"),
    "waitlists:move": gettext_lazy("Waitlists"),
    "permits:allowed": gettext_lazy("Is this car allowed here?"),
    "violations:appeal": gettext_lazy("Appeals"),
    "violations:evidence": gettext_lazy("Appeals"),
    "violations:request_appeal": gettext_lazy("Request Appeal"),
    "violations:associate": gettext_lazy("Associate"),
    "upload_file": gettext_lazy("Upload Documents"),
    "violations:boot": gettext_lazy("Boot"),
    "violations:release": gettext_lazy("Boot"),
    "phone": gettext_lazy("Phone"),
}
TOLD_ELSEWHERE = {
    "account_logout",
    "forms:answer",
    "forms:form",
    "language",
    "lockers:get",
    "lockers:give_back",
    "lockers:renew",
    "lockers:switch",
    "lockers:take_out",
    "payments:checkout",
    "payments:claim",
    "payments:pay_plan",
    "payments:start",
    "permits:cancel",
    "permits:reserve",
    "payments:sandbox",
    "payments:sandbox_card",
    "stop_acting",
    "violations:guest_payment",
}


def is_personal(view_name: str) -> bool:
    """Whether an address is closed while one acts for somebody."""
    if view_name == "account_logout":
        return False
    return view_name in PERSONAL or view_name.startswith(PERSONAL_STARTS)


def enter(request: HttpRequest, session: ActAsSession) -> None:
    """From the next request on this browser is at the person's pages. New keys, so that a page of before, still open in
    another tab, cannot do in one name what was meant for the other."""
    request.session[SESSION_KEY] = session.pk
    request.session.cycle_key()
    rotate_token(request)


def leave(request: HttpRequest) -> None:
    """Back to the actor's own pages, again with new keys."""
    request.session.pop(SESSION_KEY, None)
    request.session.cycle_key()
    rotate_token(request)


def acting_session(request: HttpRequest) -> ActAsSession | None:
    """Under which session this request acts for somebody, if it does."""
    return getattr(request, "acting", None)


def real_user(request: HttpRequest) -> User | None:
    """Who sits at the browser: the actor, else the user; nobody for a guest."""
    acting = acting_session(request)
    if acting:
        return acting.actor
    return request.user if isinstance(request.user, User) else None


def what_was_done(request: HttpRequest, status: int) -> str | Promise:
    """What a form that was sent and taken (it is answered by a redirect) did; nothing for one that has its own line."""
    match = request.resolver_match
    if request.method != "POST" or status not in (302, 303) or match is None or match.view_name in TOLD_ELSEWHERE:
        return ""
    return DONE.get(match.view_name, f"/{match.route}")  # never the address itself, which may hold the key of a link


def page_after(request: HttpRequest, session: ActAsSession | None) -> str:
    """Where the actor goes on: the list of the company's people, for staff the person's page in the office, else Home."""
    user = real_user(request)
    if session is None or user is None:
        return reverse("home")
    if session.company_id is None:
        return reverse("admin:accounts_user_change", args=[session.person_id]) if user.is_staff else reverse("home")
    membership = membership_of(user)
    return reverse("company") if membership and membership.is_manager else reverse("home")


def words_after(session: ActAsSession) -> str:
    """What the actor reads when it ended by itself."""
    texts = {
        ActAsSession.Ended.EXPIRED: _("Your time to act for %(name)s is over. You are back in your own account."),
        ActAsSession.Ended.REVOKED: _("%(name)s no longer lets others act for them. You are back in your own account."),
    }
    other = _("You can no longer act for %(name)s. You are back in your own account.")
    return texts.get(ActAsSession.Ended(session.ended), other) % {"name": session.person.get_full_name()}
