"""Every page once, on a desk and on a phone, in light and in dark: no accessibility finding, nothing in the console, a
picture kept to be looked at by people. A tenth of them in each run, of the office's plain forms one in thirty, all with FULL."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.contrib import admin
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import EmailCategory, Mail, ProfilePolicy, User, UserType, Wording
from accounts.services.preferences import unsubscribe_url
from lockers.models import Locker, LockerSite, LockerTerm
from opscom.lib.dates import today
from payments.models import Payment, SandboxSession
from payments.models.payment import ReceivedAs
from payments.services.promises import process_manually, promise_payment
from permits.models import Permit
from tests.factories import (
    change_office,
    hold_locker,
    make_address,
    make_appeal,
    make_checkout,
    make_company,
    make_locker_term,
    make_locker_window,
    make_lot,
    make_manager,
    make_member,
    make_offer,
    make_payment,
    make_permit,
    make_sandbox_setup,
    make_temporary_type,
    make_upload,
    make_user,
    make_vehicle,
    make_violation,
    make_window,
)
from tests.journeys.inbox import link_in
from tests.journeys.stack import Stack
from tests.journeys.steps import Visit, give_password, make_staff
from tests.journeys.visitor import Visitor
from tests.sample import is_drawn
from violations.models import Violation

# Pages that the gallery shows, by the name of their address; every other name must stand in NO_PAGE with the reason.
RESIDENT = {
    "home", "profile", "acting_consent", "addresses", "edit_address", "email_preferences", "unsubscribe", "uploads", "security", "change_password", "change_email", "multiauth", "history", "my_data", "close_account",
    "vehicles:list", "vehicles:disclaimer", "vehicles:add", "vehicles:edit", "permits:list", "permits:reserve", "permits:detail", "permits:cancel", "permits:plates", "permits:courtesy", "permits:exchange",
    "permits:lot", "permits:temporary", "permits:get_temp", "waitlists:list", "waitlists:accept", "lockers:list", "lockers:cart", "lockers:get", "lockers:detail", "lockers:give_back", "lockers:switch",
    "payments:list", "payments:checkout", "payments:promised", "payments:return", "payments:receipt", "payments:statement", "payments:cards", "payments:add_card", "violations:ticket", "violations:appeals", "violations:appeal", "violations:lookup_tickets", "violations:associate", "account_logout",
}  # fmt: skip
MANAGER = {"company", "company_enter", "payments:company_invoice", "payments:company_statement"}
NEWCOMER = {"permits:disclaimer", "lockers:disclaimer"}
ANYBODY = {
    "language", "account_login", "account_signup", "account_email_verification_sent", "account_reset_password", "account_reset_password_done",
    "account_reset_password_from_key", "account_reset_password_from_key_done", "activate", "account_inactive", "violations:pay_ticket", "help", "verify", "mailbox", "mailbox_mail", "phone", "payments:sandbox", "payments:sandbox_card",
}  # fmt: skip
STAFF = {"one_time_password"}
NO_PAGE = {
    "accent": "a style sheet", "healthz": "for load balancers", "readyz": "for load balancers", "payments:webhook": "for card providers", "text_webhook": "for the text gateway", "text_status": "the same", "payments:start": "POST only",
    "permits:print": "a file", "vehicles:active": "POST only", "remove_address": "POST only", "delete_upload": "POST only", "upload_file": "a file", "upload_thumb": "a picture", "violations:guest_payment": "POST only", "violations:request_appeal": "POST only", "violations:appeal_status": "leads on: test_appeals", "violations:appeal_letter": "a file", "violations:evidence": "a file", "violations:evidence_thumb": "a picture", "violations:photo": "a picture", "send_one_time_password": "POST only",
    "stop_acting": "POST only", "payments:company_start": "POST only", "log_out_others": "POST only", "history_csv": "a file", "my_data_file": "a file",
    "sso_start": "where there is single sign-on: test_sso", "sso_callback": "the same", "saml_acs": "the same", "saml_finish": "the same", "saml_metadata": "XML",
    "authenticator": "after a code: test_security", "confirm_email_change": "a mailed link: test_security", "history_mail": "a mail's text: test_history",
    "payments:card_page": "where cards go through Moneris: test_card_frame", "payments:card_return": "leads on: test_cards", "payments:primary_card": "POST only",
    "payments:new_plan": "where the office has them: test_plans", "payments:plan": "the same", "payments:plan_link": "leads on: test_plans", "violations:plan": "where the office has them: test_plans", "payments:pay_plan": "POST only", "payments:agree_plan": "POST only", "payments:plan_card": "POST only",
    "payments:remove_card": "POST only", "payments:claim": "POST only", "permits:rollover": "POST only", "permits:courtesy_end": "POST only", "permits:renew": "where a window follows: tests of its view", "permits:extend": "of a temporary permit: tests of its view", "permits:exchange_confirm": "two codes: shown by its path", "permits:plate_check": "for programs", "permits:lost": "POST only", "permits:hang_tag": "POST only",
    "waitlists:join": "POST only", "waitlists:leave": "POST only", "waitlists:move": "POST only", "waitlists:answer": "a mailed link: test_waitlists",
    "forms:list": "with forms to show: test_forms", "forms:form": "the same", "forms:answer": "the same", "forms:status": "a mailed link: test_forms", "forms:print": "a file", "forms:file": "a file",
    "permits:allowed": "a lot and a plate: test_permit_extras", "permits:visitors": "where hours are sold: test_permit_extras", "permits:visitor_hours": "POST only", "permits:visit": "shown in test_permit_extras", "permits:visit_end": "POST only", "permits:visitor_forget": "POST only",
    "violations:plate": "after a code: test_plate_tickets", "violations:plate_code": "POST only", "violations:plate_payment": "POST only",
    "violations:boot": "a label: test_boots", "violations:release": "where a boot is out: test_boots", "lockers:take_out": "POST only", "lockers:combination": "POST only", "lockers:renew": "POST only", "payments:receipt_pdf": "a file", "payments:company_invoice_pdf": "a file",
}  # fmt: skip


@dataclass
class World:
    """A resident who has one of everything."""

    user: User
    permit: Permit
    ticket: Violation
    paid: Payment
    promised: Payment
    in_flight: Payment


def test_gallery_leaves_no_page_out() -> None:
    assert names_of(get_resolver(), "") == RESIDENT | MANAGER | NEWCOMER | ANYBODY | STAFF | set(NO_PAGE)


def names_of(resolver: URLResolver, namespace: str) -> set[str]:
    """The names of all addresses but the office's own."""
    found: set[str] = set()
    for part in resolver.url_patterns:
        if isinstance(part, URLPattern) and part.name:
            found.add(namespace + part.name)
        elif isinstance(part, URLResolver) and part.app_name != "admin":
            found |= names_of(part, f"{part.namespace}:" if part.namespace else namespace)
    return found


def make_world(email: str) -> World:
    """Two vehicles, an active and a held permit, tickets that are owed, overdue and paid, a promise, an attempt, a locker."""
    user = make_user(
        email=email,
        first_name="Wilhelmina",
        last_name="Featherstonehaugh-Okonkwo",
        permit_disclaimer_at=timezone.now(),
        locker_disclaimer_at=timezone.now(),
        phone="+15198244120",
    )
    vehicle = make_vehicle(user, make="Volkswagen")
    make_upload(user, name="Wohnungsgeberbestätigung-signed-by-both-parties-final-version.pdf")
    make_address(user, line2="Apartment 1204, entrance from the courtyard")
    make_vehicle(user, plate=f"ABCD{user.pk}", region="US-NY").owner_links.update(active=False)
    lot = make_lot(
        name="Yellow zone, behind the long greenhouse", description="Perimeter lots; five minutes to the library."
    )
    permit, held = (
        make_permit(user, make_window(lot, name="This month")),
        make_permit(user, make_window(lot, price="340.00", name="Whole year", period="year")),
    )
    paid = promise_payment(make_checkout([permit.charge], user), email=email)
    process_manually(paid, received=Decimal("77.00"), received_as=ReceivedAs.CASH, by=make_staff("Cashier"))
    permit.refresh_from_db()
    assert held.state == Permit.State.HELD
    tickets = [
        make_violation(
            vehicle,
            lot=lot,
            issued_at=timezone.now() - timedelta(days=days),
            colour="Grey",
            make="Volkswagen",
            notes="No permit seen.",
        )
        for days in (0, 60, 1, 2)
    ]
    charges = [ticket.charge for ticket in tickets]
    promised = promise_payment(make_checkout([charges[2]], user), email=email)
    in_flight = make_payment(make_checkout([charges[3]], user))
    site = LockerSite.objects.create(name=f"Thornbrough {user.pk}")
    LockerTerm.objects.create(
        locker=Locker.objects.create(site=site, number=f"L{user.pk}"),
        user=user,
        starts_on=today(),
        ends_before=today() + timedelta(days=100),
    )
    paid.refresh_from_db()
    return World(user, permit, tickets[0], paid, promised, in_flight)


def test_gallery_of_a_resident(visit: Visit) -> None:
    world = make_world("gallery@example.test")
    change_office(lockers_per_person=2)
    offer = make_window(make_lot(name="Red lot", zone="red"), name="Next month")
    term = make_locker_window()
    held = hold_locker(world.user, window=term)
    lent = make_locker_term(world.user, window=term)
    choosing = make_checkout([world.ticket.charge], world.user)
    visitor = visit("desk", user=world.user)
    visitor.page.goto("/vehicles/disclaimer/")
    visitor.click("I Agree")
    arguments = {
        "edit_address": "home",
        "unsubscribe": unsubscribe_url(world.user, EmailCategory.objects.get(code="reminders")).split("/")[-2],
        "vehicles:edit": world.user.vehicle_links.order_by("pk")[0].code,
        "permits:reserve": offer.code,
        "permits:detail": world.permit.code,
        "permits:cancel": world.permit.code,
        "permits:plates": world.permit.code,
        "permits:courtesy": world.permit.code,
        "permits:exchange": world.permit.code,
        "permits:lot": offer.permit_type.lot.code,
        "permits:get_temp": make_temporary_type(make_lot(name="Visitors by the gate")).code,
        "waitlists:accept": make_offer(user=world.user).code,
        "lockers:detail": lent.code,
        "lockers:switch": lent.code,
        "lockers:give_back": lent.code,
        "payments:checkout": choosing.code,
        "payments:promised": world.promised.checkout.code,
        "payments:return": world.in_flight.code,
        "payments:receipt": world.paid.receipt.code,
        "violations:ticket": world.ticket.number,
        "violations:appeal": make_appeal(world.user, world.ticket).code,
        "violations:associate": make_violation().number,
    }
    queries = {"lockers:get": f"?window={term.code}&site={held.locker.site.code}"}
    for name in sorted(RESIDENT):
        path = reverse(name, args=[arguments[name]] if name in arguments else None)
        show(visitor, path + queries.get(name, ""), name)
    for path, name in [
        (reverse("permits:exchange_confirm", args=[world.permit.code, offer.code]), "permits exchange confirm"),
        (f"/verify/{world.permit.code}/", "verify permit"),
        (f"/verify/{world.paid.receipt.code}/", "verify receipt"),
        ("/verify/NOSUCHCODE/", "verify unknown"),
        ("/admin/", "no right"),
        ("/nowhere/", "not found"),
    ]:
        show(visitor, path, name)


def test_gallery_of_a_company_manager(visit: Visit) -> None:
    company = make_company(name="Northfield Laboratories and Glasshouses")
    manager = make_manager(company, make_user(first_name="Dana", last_name="Featherstonehaugh-Okonkwo")).user
    members = [make_member(company, billing_contact=True), make_member(company, consent_given_at=None)]
    make_violation(make_vehicle(members[0].user))
    visitor = visit("desk", user=manager)
    for name in sorted(MANAGER):
        show(visitor, reverse(name, args=[members[0].code] if name == "company_enter" else None), name)
    show(visitor, reverse("company") + "?q=nobody", "company nobody found")
    visitor.page.goto(reverse("company_enter", args=[members[0].code]))
    visitor.click("Enter account")
    visitor.page.wait_for_url("**/home/")
    visitor.look("acting home")
    show(visitor, reverse("acting_consent"), "acting refused")


def test_gallery_of_a_newcomer(visit: Visit) -> None:
    newcomer, incomplete = make_user(first_name=""), make_user(profile_complete=False)
    ProfilePolicy.objects.create(field="phone", rule="required")
    visitor = visit("desk", user=newcomer)
    for path in ("/home/", "/vehicles/", "/payments/", "/profile/"):
        show(visitor, path, f"empty {path}")
    visitor.page.goto("/vehicles/disclaimer/")
    visitor.click("I Agree")
    refuse(visitor, "/vehicles/add/", "Save Changes", "vehicle with nothing filled in")
    refuse(visitor, "/profile/", "Save Changes", "profile with nothing filled in")
    make_vehicle(newcomer)
    for name in sorted(NEWCOMER):
        show(visitor, reverse(name), name)
    show(visit("desk", user=incomplete), "/home/", "profile comes first")


@pytest.fixture
def user_types() -> Iterator[None]:
    """Two, so that registration asks which; later journeys have one."""
    types = [UserType.objects.create(code=f"gallery-{name.lower()}", name=name) for name in ("Student", "Staff")]
    yield
    for user_type in types:
        user_type.delete()


def test_gallery_of_anybody(visit: Visit, stack: Stack, user_types: None) -> None:
    user = give_password(make_user())
    ProfilePolicy.objects.create(field="first_name", rule="required", at_registration=True)
    visitor = visit("desk")
    visitor.page.goto("/forgot-password/")
    visitor.page.get_by_label("Email", exact=True).fill(user.email)
    visitor.click("Send Reminder")
    reset = urlsplit(link_in(stack.inbox.wait_for(user.email, "password"), "/reset-password/")).path
    session = SandboxSession.objects.create(
        our_ref=f"gallery-{user.pk}",
        amount=Decimal("30.00"),
        currency="CAD",
        lines=[["Ticket TT-10133", "30.00"]],
        success_url="/",
        cancel_url="/",
        expires_at=timezone.now() + timedelta(hours=1),
    )
    special = {
        "account_reset_password_from_key": reset,
        "activate": "/activate/0-none/",
        "verify": "/verify/NOSUCHCODE/",
    }
    arguments = {
        "mailbox_mail": Mail.objects.filter(user=user).latest("pk").pk,
        "payments:sandbox": session.reference,
        "payments:sandbox_card": make_sandbox_setup().reference,
    }
    for name in sorted(ANYBODY):
        show(
            visitor,
            special.get(name) or reverse(name, args=[arguments[name]] if name in arguments else None),
            name,
        )
    for path, button in [
        ("/login", "Log In"),
        ("/register/", "Create Account"),
        ("/forgot-password/", "Send Reminder"),
        ("/pay-ticket/", "Search"),
        (reset, "Reset Password"),
    ]:
        refuse(visitor, path, button, f"{button} with nothing filled in")
    refused_form(visitor)


def refused_form(visitor: Visitor) -> None:
    """A form from before logging in or out (its token belongs to another session)."""
    visitor.page.goto("/pay-ticket/")
    visitor.page.context.clear_cookies()
    visitor.click("Search")
    visitor.look("form has grown old")
    assert visitor.page.locator("h1").inner_text() == "This form has grown old."


def view_right(model: type[Model]) -> str:
    """The right to see its rows."""
    return f"{model._meta.app_label}.view_{model._meta.model_name}"


@pytest.mark.parametrize("page", ["changelist", "change", "add"])
def test_gallery_of_the_office(visit: Visit, page: str) -> None:
    """They look alike, so a run draws some; that all can be drawn is shown by the access matrix."""
    make_world(f"gallery-office-{page}@example.test")
    staff = make_staff("Manager")
    Wording.objects.create(kind="receipt", language="en", subject="Receipt", body="Thank you.")
    visitor = visit("desk", user=staff)
    for model, model_admin in admin.site._registry.items():
        if not staff.has_perm(view_right(model)):
            continue
        row = model._default_manager.order_by("-pk").first()
        if page == "change" and row is None:
            continue
        if page == "add" and type(model_admin).has_add_permission is not admin.ModelAdmin.has_add_permission:
            continue
        path = reverse(
            f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}",
            args=[row.pk] if page == "change" and row else None,
        )
        show(visitor, path, f"admin {page} {model._meta.label_lower}", one_in=30)


def test_gallery_of_the_offices_own_pages(visit: Visit) -> None:
    world = make_world("gallery-own@example.test")
    staff = make_staff("Manager")
    visitor = visit("desk", user=staff)
    show(visitor, "/admin/", "admin index")
    show(visitor, "/admin/help/", "admin help")
    show(visitor, reverse("admin:payments_payment_process", args=[world.promised.pk]), "admin process manually")
    show(visitor, reverse("admin:violations_violation_spoil", args=[world.ticket.pk]), "admin spoil ticket")
    cold = visit("desk")
    cold.page.goto("/login")
    cold.page.get_by_label("Email", exact=True).fill(staff.email)
    cold.page.get_by_label("Password", exact=True).fill("violet-harbour-91")
    cold.click("Log In")
    cold.page.wait_for_url("**/one_time_password**")
    show(cold, reverse("one_time_password"), "one_time_password")


def show(visitor: Visitor, path: str, name: str, *, one_in: int = 10) -> None:
    """Open the page and look at it, where it is in the run's sample."""
    if not is_drawn(f"page {name}", one_in=one_in):
        return
    visitor.page.goto(path)
    visitor.look(name)


def refuse(visitor: Visitor, path: str, button: str, name: str) -> None:
    """Send the page's form as it is, and look at what it answers."""
    visitor.page.goto(path)
    form = visitor.page.locator("main form", has=visitor.page.get_by_role("button", name=button, exact=True)).first
    form.evaluate(
        "form => { form.noValidate = true; for (const input of form.querySelectorAll('main input:not([type=hidden]):not([type=radio])')) input.value = ''; }"
    )
    form.get_by_role("button", name=button, exact=True).click()
    refusals = visitor.page.locator("main [role=alert], main .field-error, main .invalid-feedback, main .is-invalid")
    expect(refusals.first, f"{path} refuses nothing").to_be_visible()
    visitor.look(name)
