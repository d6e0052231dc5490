"""Who may ask for which address: every pattern of the URLconf by every kind of visitor.

Strangers get 404, anonymous visitors the login, staff without the right 403, and staff without their one-time password
nothing at all. A new address without a row here fails the first test.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.db.models import Model
from django.http import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse
from pytest_django import DjangoDbBlocker

from accounts.models import EmailCategory, Mailing, User
from accounts.services.preferences import unsubscribe_url
from forms_module.links import status_path as form_path
from lockers.models import LockerImport
from opscom.lib.opened import sign_code
from opscom.lib.reports import all_reports
from opscom.office.timeline.mail import mail_key
from opscom.roles import ROLES
from payments.models import CashDrawer, Refund, SandboxSession
from payments.plan_links import SALT
from permits.models import HourBlock, LotBlock, PermitImport, PermitNumber, PlateToken, PrintBatch
from permits.services.waitlists.links import answer_path
from tests.access import TOKEN, World, admin_models, everybody, make_world
from tests.factories import make_sandbox_setup
from tests.sample import FULL, is_drawn, lot_of
from vehicles.models import PeopleImport
from violations.appeal_links import status_path
from violations.models import (
    CollectionsBatch,
    CollectionsCase,
    ImportRun,
    LetterBatch,
    LookupBatch,
    OffenceImport,
    TicketSeries,
)

pytestmark = pytest.mark.django_db
Answer = int | str  # a status, or how the address of a redirect starts
LOGIN, GATE, PORTAL_LOGIN = "/login?next=", "/one_time_password", "/login"
STAFF = [*ROLES, "operator"]


@dataclass(frozen=True)
class Row:
    """What (anonymous, owner, another resident, staff) get, by GET and by POST with the form's token and nothing else."""

    get: tuple[Answer, Answer, Answer, Answer]
    post: tuple[Answer, Answer, Answer, Answer]
    args: Callable[[World], tuple[Any, ...]] = lambda world: ()
    half: tuple[Answer, Answer] = (GATE, GATE)  # staff before the one-time password
    right: str = ""  # staff with this right see the page, others of the staff are as anybody
    seen: Answer = 200  # what staff with the right get

    def expected(self, kind: str, method: str) -> Answer:
        """The answer for one kind of visitor."""
        if kind == "half":
            return self.half[method == "post"]
        answers = self.get if method == "get" else self.post
        if method == "get" and self.right and kind in STAFF and may(kind, self.right):
            return self.seen
        return answers[{"anonymous": 0, "owner": 1, "other": 2}.get(kind, 3)]


def shows(get: tuple[Answer, Answer, Answer, Answer], *, first: Answer = 405, **more: Any) -> Row:
    """A page that takes no POST. `first` is what anonymous visitors get for one: some pages ask for the login first."""
    return Row(get, (first, 405, 405, 405), **more)


def acts(post: tuple[Answer, Answer, Answer, Answer], *, first: Answer = 405, **more: Any) -> Row:
    """An address that takes a POST only."""
    return Row((first, 405, 405, 405), post, **more)


def link_of(world: World) -> tuple[Any, ...]:
    return ("-".join(world.password_key),)


def plan_of(world: World) -> tuple[Any, ...]:
    return (world.plan.code,)


def sandbox_of(world: World) -> tuple[Any, ...]:
    return (SandboxSession.objects.get(our_ref=world.attempt.code).reference,)


def sandbox_setup_of(world: World) -> tuple[Any, ...]:
    return (make_sandbox_setup().reference,)


def unsubscribe_of(world: World) -> tuple[Any, ...]:
    category = EmailCategory.objects.get(code="reminders")
    return (unsubscribe_url(world.owner, category).split("/")[-2],)


ALL = (200, 200, 200, 200)
PLAN = "/payments/plan/"
OPEN = (200, 405)  # at the gate of the one-time password
MINE = (LOGIN, 200, 404, 404)
EXEMPT = {
    "payments:webhook",
    "permits:plate_check",
    "saml_acs",
    "text_status",
    "text_webhook",
    "unsubscribe",
}  # posted from elsewhere, and signed
PAGES = {
    "language": Row((200, "/home/", "/home/", "/home/"), (400, 400, 400, 400), half=("/home/", 400)),
    "account_login": Row(
        (200, "/home/", "/home/", "/admin/"), (200, "/home/", "/home/", "/admin/"), half=("/admin/", "/admin/")
    ),
    "sso_start": acts((404, 404, 404, 404)),  # no provider is set up; tests/accounts/views/test_sso.py has one
    "sso_callback": shows((404, 404, 404, 404)),
    "saml_acs": acts((404, 404, 404, 404)),
    "saml_finish": shows((404, 404, 404, 404)),
    "saml_metadata": shows((404, 404, 404, 404)),
    "text_webhook": acts((403, 403, 403, 403), half=(405, 403)),
    "text_status": acts((403, 403, 403, 403), half=(405, 403)),
    "account_logout": Row((PORTAL_LOGIN, 200, 200, 200), (PORTAL_LOGIN,) * 4, half=(200, PORTAL_LOGIN)),
    "account_inactive": shows(ALL),
    "one_time_password": Row(
        (LOGIN, "/home/", "/home/", "/admin/"), (LOGIN, "/home/", "/home/", "/admin/"), half=(200, 200)
    ),
    "send_one_time_password": acts((LOGIN, "/home/", "/home/", "/admin/"), first=LOGIN, half=(405, GATE)),
    "multiauth": Row((LOGIN, 200, 200, 200), (LOGIN, 200, 200, 200), half=(200, 200)),
    "change_email": Row((LOGIN, 200, 200, 200), (LOGIN, 200, 200, 200)),
    "confirm_email_change": Row((410,) * 4, (410,) * 4, args=lambda world: ("made-up",), half=(410, 410)),
    "log_out_others": acts((LOGIN, "/security/", "/security/", "/security/"), first=LOGIN),
    "authenticator": Row(
        (LOGIN, "/account/multiauth", "/account/multiauth", "/account/multiauth"),
        (LOGIN, "/account/multiauth", "/account/multiauth", "/account/multiauth"),
    ),
    "account_signup": Row((200, "/home/", "/home/", "/admin/"), (200, "/home/", "/home/", "/admin/")),
    "account_email_verification_sent": shows(ALL),
    "activate": Row(("/activate/",) * 4, ("/activate/",) * 4, args=link_of, half=("/activate/", "/activate/")),
    "account_reset_password": Row(ALL, ALL),
    "account_reset_password_done": shows(ALL),
    "account_reset_password_from_key": Row(
        ("/reset-password/",) * 4,
        ("/reset-password/",) * 4,
        args=lambda world: world.password_key,
        half=("/reset-password/", "/reset-password/"),
    ),
    "account_reset_password_from_key_done": shows(ALL, half=OPEN),
    "profile": Row((LOGIN, 200, 200, 200), (LOGIN, 200, 200, 200)),
    "addresses": shows((LOGIN, 200, 200, 200), first=LOGIN),
    "edit_address": Row((LOGIN, 200, 200, 200), (LOGIN, 200, 200, 200), args=lambda world: ("home",)),
    "remove_address": acts((LOGIN, "/addresses/", 404, 404), first=LOGIN, args=lambda world: ("home",)),
    "uploads": Row((LOGIN, 200, 200, 200), (LOGIN, "/uploads/", "/uploads/", "/uploads/")),
    "upload_file": shows(
        MINE, first=LOGIN, args=lambda world: (world.upload.code,), right="accounts.view_accountupload"
    ),
    "upload_thumb": shows((LOGIN, 404, 404, 404), first=LOGIN, args=lambda world: (world.upload.code,)),
    "delete_upload": acts((LOGIN, "/uploads/", 404, 404), first=LOGIN, args=lambda world: (world.upload.code,)),
    "email_preferences": Row(
        (LOGIN, 200, 200, 200), (LOGIN, "/email-preferences/", "/email-preferences/", "/email-preferences/")
    ),
    "unsubscribe": Row(ALL, ("/unsubscribe/",) * 4, args=unsubscribe_of, half=(200, "/unsubscribe/")),
    "security": shows((LOGIN, 200, 200, 200), first=LOGIN),
    "change_password": Row(
        (LOGIN, "/security/", "/security/", "/security/"), (LOGIN, "/security/", "/security/", "/security/")
    ),
    "company": shows((LOGIN, 200, 403, 403), first=LOGIN),
    "company_enter": Row(
        (LOGIN, 200, 403, 403), (LOGIN, "/company/", 403, 403), args=lambda world: (world.member.code,)
    ),
    "stop_acting": acts((LOGIN, "/home/", "/home/", "/home/"), first=LOGIN),
    "acting_consent": Row(
        (LOGIN, 200, 200, 200), (LOGIN, "/company/consent/", "/company/consent/", "/company/consent/")
    ),
    "home": shows((LOGIN, 200, 200, 200), first=LOGIN),
    "history": shows((LOGIN, 200, 200, 200), first=LOGIN),
    "history_csv": shows((LOGIN, 200, 200, 200), first=LOGIN),
    "history_mail": shows((LOGIN, 200, 404, 404), args=lambda world: (mail_key(world.mail.pk),), first=LOGIN),
    "my_data": Row((LOGIN, 200, 200, 200), (LOGIN, "/my-data/", "/my-data/", "/my-data/")),
    "my_data_file": shows((LOGIN, 404, 404, 404), args=lambda world: ("NOCODE",), first=LOGIN),
    "close_account": Row((LOGIN, 200, 200, 200), (LOGIN, 200, PORTAL_LOGIN, 200)),
    "help": shows(ALL),
    "verify": shows(ALL, args=lambda world: (world.permit.code,), half=OPEN),
    "accent": shows(ALL, half=OPEN),
    "healthz": shows(ALL, half=OPEN),
    "readyz": shows((503, 503, 503, 503), half=(503, 405)),  # no worker lives beside this test
    "mailbox": shows(ALL, half=OPEN),
    "phone": Row(ALL, ALL, half=(200, 200)),
    "mailbox_mail": shows(ALL, args=lambda world: (world.mail.pk,), half=OPEN),
    "vehicles:list": shows((LOGIN, 200, 200, 200)),
    "vehicles:disclaimer": Row((LOGIN, 200, 200, 200), (LOGIN, "/vehicles/add/", "/vehicles/add/", "/vehicles/add/")),
    "vehicles:add": Row(
        (LOGIN, "/vehicles/disclaimer/", "/vehicles/disclaimer/", "/vehicles/disclaimer/"),
        (LOGIN, "/vehicles/disclaimer/", "/vehicles/disclaimer/", "/vehicles/disclaimer/"),
    ),
    "vehicles:edit": Row(MINE, MINE, args=lambda world: (world.link.code,)),
    "vehicles:active": acts((LOGIN, 200, 404, 404), args=lambda world: (world.link.code,)),
    "permits:list": shows((LOGIN, 200, 200, "/vehicles/")),
    "permits:lot": Row(
        (LOGIN, 200, 200, 200),
        (LOGIN, "/lots/", "/lots/", "/lots/"),
        args=lambda world: (world.window.permit_type.lot.code,),
    ),
    "permits:disclaimer": Row((LOGIN, "/permits/", "/permits/", 200), (LOGIN, "/permits/", "/permits/", "/permits/")),
    "permits:reserve": Row(
        (LOGIN, 200, 200, "/vehicles/"), (LOGIN, 200, 200, "/vehicles/"), args=lambda world: (world.window.code,)
    ),
    "permits:temporary": shows((LOGIN, 200, 200, "/vehicles/")),
    "permits:get_temp": Row(
        (LOGIN, 200, 200, "/vehicles/"), (LOGIN, 200, 200, "/vehicles/"), args=lambda world: (world.temporary.code,)
    ),
    "permits:allowed": Row((LOGIN, 200, 200, 200), (LOGIN, 200, 200, 200)),
    "permits:visitors": shows((LOGIN, 200, 200, 200)),
    "permits:visitor_hours": acts((LOGIN, "/permits/", "/permits/", "/permits/")),
    "permits:visit": Row((LOGIN, 200, 200, 200), (LOGIN, 200, 200, 200), args=lambda world: (world.visiting.code,)),
    "permits:visit_end": acts((LOGIN, 404, 404, 404), args=lambda world: (world.permit.code,)),
    "permits:visitor_forget": acts((LOGIN, "/permits/", 404, 404), args=lambda world: (world.visitor.code,)),
    "permits:detail": shows(MINE, args=lambda world: (world.permit.code,)),
    "permits:plates": Row(MINE, MINE, args=lambda world: (world.permit.code,)),
    "permits:courtesy": Row(MINE, MINE, args=lambda world: (world.permit.code,)),
    "permits:courtesy_end": acts((LOGIN, "/permits/", 404, 404), args=lambda world: (world.permit.code,)),
    "permits:exchange": shows((LOGIN, 200, 404, 404), args=lambda world: (world.permit.code,)),
    "permits:exchange_confirm": Row(
        (LOGIN, 200, 404, 404),
        (LOGIN, "/permits/", 404, 404),
        args=lambda world: (world.permit.code, world.window.code),
    ),
    "permits:extend": Row(
        (LOGIN, "/permits/", 404, 404), (LOGIN, "/permits/", 404, 404), args=lambda world: (world.permit.code,)
    ),
    "permits:renew": Row(
        (LOGIN, "/permits/", 404, 404), (LOGIN, "/permits/", 404, 404), args=lambda world: (world.permit.code,)
    ),
    "permits:cancel": Row(MINE, (LOGIN, "/permits/", 404, 404), args=lambda world: (world.permit.code,)),
    "permits:rollover": acts((LOGIN, "/permits/", 404, 404), first=LOGIN, args=lambda world: (world.permit.code,)),
    "permits:print": acts(MINE, args=lambda world: (world.permit.code,)),
    "permits:hang_tag": acts((LOGIN, "/permits/", 404, 404), args=lambda world: (world.permit.code,)),
    "permits:lost": acts((LOGIN, "/permits/", 404, 404), args=lambda world: (world.permit.code,)),
    "permits:plate_check": acts((401, 401, 401, 401), half=(405, 401)),  # its token is no cookie
    "lockers:list": shows((LOGIN, 200, 200, "/lockers/disclaimer/"), first=405),
    "lockers:disclaimer": Row((LOGIN, "/lockers/", "/lockers/", 200), (LOGIN, "/lockers/", "/lockers/", "/lockers/")),
    "lockers:get": Row(
        (LOGIN, "/lockers/", "/lockers/", "/lockers/disclaimer/"),
        (LOGIN, "/lockers/", "/lockers/", "/lockers/disclaimer/"),
    ),
    "lockers:cart": shows((LOGIN, 200, 200, 200)),
    "lockers:take_out": acts((LOGIN, "/lockers/cart/", 404, 404), args=lambda world: (world.locker_term.code,)),
    "lockers:detail": shows(MINE, args=lambda world: (world.locker_term.code,)),
    "lockers:combination": acts((LOGIN, "/lockers/", 404, 404), args=lambda world: (world.locker_term.code,)),
    "lockers:renew": acts((LOGIN, 404, 404, 404), args=lambda world: (world.locker_term.code,)),
    "lockers:give_back": Row(MINE, (LOGIN, "/lockers/", 404, 404), args=lambda world: (world.locker_term.code,)),
    "lockers:switch": Row((LOGIN, 404, 404, 404), (LOGIN, 404, 404, 404), args=lambda world: (world.locker_term.code,)),
    "waitlists:list": shows((LOGIN, 200, 200, 200)),
    "waitlists:join": acts(
        (LOGIN, "/waitlists/", "/waitlists/", "/waitlists/"), args=lambda world: (world.offer.entry.waitlist.code,)
    ),
    "waitlists:leave": acts((LOGIN, "/waitlists/", 404, 404), args=lambda world: (world.offer.entry.code,)),
    "waitlists:move": acts((LOGIN, "/waitlists/", 404, 404), args=lambda world: (world.offer.entry.code,)),
    "waitlists:accept": Row(MINE, (LOGIN, 200, 404, 404), args=lambda world: (world.offer.code,)),
    "waitlists:answer": Row(
        ALL, ("/waitlists/answer/",) * 4, args=lambda world: (answer_path(world.offer).split("/")[-2],)
    ),
    "violations:pay_ticket": Row(ALL, ALL),
    "violations:ticket": shows(
        ("/pay-ticket/", 200, 404, 404), args=lambda world: (world.violation.number,), right="violations.view_violation"
    ),
    "violations:guest_payment": acts(
        ("/pay-ticket/", "/checkout/", 404, 404), args=lambda world: (world.violation.number,)
    ),
    "violations:plan": Row(
        ("/pay-ticket/", 404, 404, 404), ("/pay-ticket/", 404, 404, 404), args=lambda world: (world.violation.number,)
    ),
    "violations:plate": Row(
        ("/pay-ticket/", 404, 404, 404), ("/pay-ticket/", 404, 404, 404), args=lambda world: (world.violation.number,)
    ),
    "violations:plate_code": acts(("/pay-ticket/", 404, 404, 404), args=lambda world: (world.violation.number,)),
    "violations:plate_payment": acts(("/pay-ticket/", 404, 404, 404), args=lambda world: (world.violation.number,)),
    "violations:boot": shows(
        ALL,
        args=lambda world: (world.boot.boot.code,),
        right="violations.change_bootassignment",
        seen="/admin/violations/boot/",
    ),
    "violations:release": shows((404, 200, 404, 404), args=lambda world: (world.boot.code,)),
    "violations:photo": shows(
        (404, 200, 404, 404),
        args=lambda world: (world.violation.number, world.photo.code),
        right="violations.view_violation",
    ),
    "violations:appeals": shows((LOGIN, 200, 200, 200)),
    "violations:lookup_tickets": Row((LOGIN, 200, 200, 200), (LOGIN, 200, 200, 200)),
    "violations:request_appeal": acts(
        ("/pay-ticket/", "/appeals/", "/appeals/associate/", "/appeals/associate/"),
        args=lambda world: (world.violation.number,),
    ),
    "violations:associate": Row(
        (LOGIN, 200, 200, 200), (LOGIN, 200, 200, 200), args=lambda world: (world.violation.number,)
    ),
    "violations:appeal": Row(
        (404, 200, 404, 404), (404, "/appeals/", 404, 404), args=lambda world: (world.appeal.code,)
    ),
    "violations:appeal_status": shows(
        ("/appeals/",) * 4, args=lambda world: (status_path(world.appeal).split("/")[-2],)
    ),
    "violations:appeal_letter": shows(
        (404, 200, 404, 404), args=lambda world: (world.appeal.code,), right="violations.view_appeal"
    ),
    "violations:evidence": shows(
        (404, 200, 404, 404),
        args=lambda world: (world.appeal.code, world.appeal.files.get().code),
        right="violations.view_appeal",
    ),
    "violations:evidence_thumb": shows(
        (404, 200, 404, 404),
        args=lambda world: (world.appeal.code, world.appeal.files.get().code),
        right="violations.view_appeal",
    ),
    "payments:cards": shows((LOGIN, 200, 200, 200), first=LOGIN),
    "payments:add_card": Row((LOGIN, 200, 200, 200), (LOGIN, 200, 200, 200)),
    "forms:list": shows(ALL),
    "forms:form": Row(
        (404, 200, 200, 200),
        (404, "/forms/answers/", "/forms/answers/", "/forms/answers/"),
        args=lambda world: (world.form.form.code,),
    ),
    "forms:answer": Row(
        (404, 200, 404, 404), (404, "/forms/answers/", 404, 404), args=lambda world: (world.form.code,)
    ),
    "forms:status": shows(("/forms/answers/",) * 4, args=lambda world: (form_path(world.form).split("/")[-2],)),
    "forms:print": shows(
        (404, 200, 404, 404), args=lambda world: (world.form.code,), right="forms_module.view_submission"
    ),
    "forms:file": shows(
        (404, 200, 404, 404),
        args=lambda world: (world.form.code, world.form.answers["lease"]["key"]),
        right="forms_module.view_submission",
    ),
    "payments:card_return": shows(("/cards/",) * 4, args=lambda world: (world.setup.code,)),
    "payments:remove_card": acts((LOGIN, 404, 404, 404), first=LOGIN, args=lambda world: ("NOCODE",)),
    "payments:primary_card": acts((LOGIN, "/cards/", 404, 404), first=LOGIN, args=lambda world: (world.card.code,)),
    "payments:company_invoice": shows((LOGIN, 200, 403, 403), first=LOGIN),
    "payments:company_start": acts((LOGIN, "/company/invoice/", 403, 403), first=LOGIN),
    "payments:list": shows((LOGIN, 200, 200, 200), first=LOGIN),
    "payments:start": acts((LOGIN, "/payments/", "/payments/", "/payments/"), first=LOGIN),
    "payments:checkout": Row((404, 200, 404, 404), (404, 200, 404, 404), args=lambda world: (world.checkout.code,)),
    "payments:new_plan": Row((LOGIN, 200, 200, 200), (LOGIN, 200, 200, 200)),
    "payments:plan": Row((LOGIN, 200, 404, 404), (LOGIN, 405, 404, 404), args=plan_of),
    "payments:plan_link": shows((PLAN,) * 4, args=lambda world: (sign_code(world.plan.code, salt=SALT),)),
    "payments:agree_plan": Row((LOGIN, 405, 404, 404), (LOGIN, PLAN, 404, 404), args=plan_of),
    "payments:pay_plan": Row((LOGIN, 405, 404, 404), (LOGIN, "/checkout/", 404, 404), args=plan_of),
    "payments:plan_card": Row((LOGIN, 405, 404, 404), (LOGIN, PLAN, 404, 404), args=plan_of),
    "payments:promised": shows((404, 200, 404, 404), args=lambda world: (world.promise.checkout.code,)),
    "payments:return": shows(ALL, args=lambda world: (world.attempt.code,)),
    "payments:card_page": shows(ALL, args=lambda world: ("CARDPAGE",)),
    "payments:receipt": shows((404, 200, 404, 404), args=lambda world: (world.receipt.code,)),
    "payments:claim": acts((404, "/receipts/", 404, 404), args=lambda world: (world.receipt.code,)),
    "payments:receipt_pdf": shows((404, 200, 404, 404), args=lambda world: (world.receipt.code,)),
    "payments:company_invoice_pdf": shows((LOGIN, 200, 403, 403), first=LOGIN),
    "payments:statement": shows((LOGIN, 200, 200, 200), first=LOGIN),
    "payments:company_statement": shows((LOGIN, 200, 403, 403), first=LOGIN),
    "payments:webhook": acts((400, 400, 400, 400), args=lambda world: ("sandbox",), half=(405, 400)),
    "payments:sandbox": Row(ALL, ALL, args=sandbox_of),
    "payments:sandbox_card": Row(ALL, ALL, args=sandbox_setup_of),
}

OFFICE_PAGES = {
    f"admin:{name}"
    for name in (
        "index",
        "login",
        "logout",
        "password_change",
        "password_change_done",
        "autocomplete",
        "payments_ledgerentry_export",
        "jsi18n",
        "view_on_site",
        "payments_cashdrawer_open",
        "payments_cashdrawer_sheet",
        "payments_refund_surplus",
        "help",
        "reports",
        "report",
        "unpaid",
        "list_file",
        "payments_payment_cashup",
        "trail",
    )
}
# What nobody does by hand, whatever their role says.
NO_ADD = {
    "accounts.AccountUpload",
    "accounts.ActAsSession",
    "accounts.EmailCategory",
    "accounts.Mail",
    "accounts.Mailing",
    "accounts.MailingPerson",
    "accounts.TextMessage",
    "accounts.Wording",
    "auditlog.LogEntry",
    "forms_module.Submission",
    "lockers.CombinationView",
    "opscom.ReportDownload",
    "opscom.SystemSettings",
    "payments.Adjustment",
    "payments.CardSetup",
    "payments.CashDrawer",
    "payments.Charge",
    "payments.Comparison",
    "payments.Difference",
    "payments.Dispute",
    "payments.LedgerCheck",
    "payments.LedgerCode",
    "payments.LedgerEntry",
    "payments.Payment",
    "payments.PaymentPlan",
    "payments.ProviderEvent",
    "payments.Receipt",
    "payments.Refund",
    "payments.StoredCard",
    "permits.HangTag",
    "permits.Permit",
    "permits.PermitCopy",
    "permits.PermitTerm",
    "permits.PlateCheck",
    "permits.PrintBatch",
    "permits.RolloverRun",
    "permits.TextConversation",
    "permits.WaitlistEntry",
    "violations.Appeal",
    "violations.Association",
    "violations.BootAssignment",
    "violations.CollectionsCase",
    "violations.TicketLookup",
    "violations.TicketSeries",
}
NO_CHANGE = (
    {
        "accounts.TextOptOut",
        "lockers.LockerImport",
        "lockers.LockerTerm",
        "permits.HourBlock",
        "permits.PermitBan",
        "permits.PermitImport",
        "vehicles.PeopleImport",
        "violations.CollectionsBatch",
        "violations.ImportRun",
        "violations.LetterBatch",
        "violations.LookupBatch",
        "violations.OffenceImport",
    }
    | NO_ADD
    - {
        "violations.Appeal",
        "accounts.EmailCategory",
        "accounts.Mailing",
        "accounts.Wording",
        "forms_module.Submission",
        "opscom.SystemSettings",
        "payments.Difference",
        "payments.LedgerCode",
    }
    | {"permits.PermitNumber"}
)
NO_DELETE = NO_ADD | {
    "accounts.TextOptOut",
    "accounts.MailTemplate",
    "accounts.User",
    "lockers.LockerImport",
    "lockers.LockerTerm",
    "opscom.ReportSchedule",
    "payments.BookLock",
    "payments.PaymentMethod",
    "permits.PermitBan",
    "permits.HourBlock",
    "vehicles.PeopleImport",
    "permits.PermitImport",
    "permits.PlateToken",
    "violations.ExemptPlate",
    "violations.Boot",
    "violations.CollectionsBatch",
    "violations.ImportRun",
    "violations.LetterBatch",
    "violations.LookupBatch",
    "violations.OffenceImport",
    "violations.Violation",
}

# Rows that others hang on: the page says which, and deletes nothing.
IN_USE = {
    "accounts.Company",
    "forms_module.FormDefinition",
    "lockers.Locker",
    "lockers.LockerSite",
    "permits.Lot",
    "payments.Tax",
    "permits.PermitType",
    "permits.SalesWindow",
    "permits.Waitlist",
    "vehicles.Vehicle",
    "violations.Offence",
    "violations.OffenceCategory",
}


def may(kind: str, right: str) -> bool:
    """Whether the role's list in opscom/roles.py gives that right, written app.action_model."""
    app, _dot, rest = right.partition(".")
    action, _underscore, model = rest.partition("_")
    rights = ROLES.get(kind, {})
    return kind == "operator" or action in rights.get(f"{app}.{model}", rights.get("*", ()))


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Made once for this module, whose requests are all undone."""
    media = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media"))
    with django_db_blocker.unblock(), media, transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _pages_are_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may see an office page is decided before it is drawn, and drawing is most of the work: only the operator, who may
    see all, gets it drawn."""
    drawn = vars(SimpleTemplateResponse)["rendered_content"].fget

    def draw(response: Any) -> str:
        request = getattr(response, "_request", None)
        return drawn(response) if request and request.user.is_superuser else ""

    monkeypatch.setattr(SimpleTemplateResponse, "rendered_content", property(draw))


@pytest.fixture(scope="module")
def visitors(world: World, django_db_blocker: DjangoDbBlocker) -> dict[str, Client]:
    with django_db_blocker.unblock():
        return everybody(world.owner)


def ask(client: Client, method: str, path: str, *, token: bool = True) -> Answer:
    """One request whose effects are undone, so that the next visitor finds everything as it was."""
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    cache.clear()  # the throttles, where they are in Redis and not undone with the rest
    with transaction.atomic():
        response: HttpResponseBase = (
            client.get(path) if method == "get" else client.post(path, {"csrfmiddlewaretoken": TOKEN} if token else {})
        )
        transaction.set_rollback(True)
    client.cookies = SimpleCookie(cookies)
    return response.headers["Location"] if response.status_code in (301, 302) else response.status_code


def same(answer: Answer, expected: Answer) -> bool:
    """A status as it is; a redirect by the start of its address."""
    return answer.startswith(expected) if isinstance(answer, str) and isinstance(expected, str) else answer == expected


def patterns(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    """(name with its namespace, pattern) of everything that has an address."""
    for part in resolver.url_patterns:
        if isinstance(part, URLResolver):
            yield from patterns(part, ":".join(filter(None, [namespace, part.namespace or ""])))
        else:
            yield ":".join(filter(None, [namespace, part.name or "unnamed"])), part


def names_of_model_pages() -> set[str]:
    pages = ("changelist", "add", "history", "delete", "change")
    return {
        f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}" for model in admin_models() for page in pages
    }


# What the office adds to a model's pages: (right, answer to GET, answer to POST) for those who have it.
def waitlist_key(world: World) -> int:
    """The list on which the owner waits."""
    return world.offer.entry.waitlist_id


OWNERS = "/admin/violations/lookupbatch/"
LETTERS = "/admin/violations/letterbatch/"
AGENCY = "/admin/violations/collections"


def permits_key(world: World) -> int:
    """An import of permits whose file is gone."""
    return PermitImport.objects.latest("pk").pk


def lockers_key(world: World) -> int:
    """An import of lockers whose file is gone."""
    return LockerImport.objects.latest("pk").pk


def people_key(world: World) -> int:
    """An import of people whose file is gone."""
    return PeopleImport.objects.latest("pk").pk


def hours_key(world: World) -> int:
    """The owner's visitor hours."""
    return HourBlock.objects.get(user=world.owner).pk


def import_key(world: World) -> int:
    """A run whose file is gone."""
    return ImportRun.objects.latest("pk").pk


def catalogue_key(world: World) -> int:
    """A catalogue whose file is gone."""
    return OffenceImport.objects.latest("pk").pk


def sent_key(world: World) -> int:
    """A file for the agency."""
    return CollectionsBatch.objects.latest("pk").pk


def case_key(world: World) -> int:
    """A ticket at the agency."""
    return CollectionsCase.objects.latest("pk").pk


def series_key(world: World) -> int:
    """The office's own numbers."""
    return TicketSeries.objects.latest("pk").pk


def letters_key(world: World) -> int:
    """A batch of nothing."""
    return LetterBatch.objects.latest("pk").pk


def owners_key(world: World) -> int:
    """A batch of nothing."""
    return LookupBatch.objects.latest("pk").pk


OWN_PAGES: dict[str, tuple[str, Callable[[World], int | str | None], Answer, Answer]] = {
    "admin:forms_module_formdefinition_export": (
        "forms_module.export_submission",
        lambda world: world.form.form_id,
        200,
        405,
    ),
    "admin:forms_module_formdefinition_preview": (
        "forms_module.view_formdefinition",
        lambda world: world.form.form_id,
        200,
        405,
    ),
    "admin:permits_rolloverrun_rehearse": (
        "permits.process_rolloverrun",
        lambda world: None,
        200,
        200,
    ),
    "admin:permits_lotblock_announce": (
        "permits.change_lotblock",
        lambda world: LotBlock.objects.latest("pk").pk,
        200,
        "/admin/permits/lotblock/",
    ),
    "admin:permits_lot_poster": (
        "permits.view_lot",
        lambda world: world.window.permit_type.lot.pk,
        200,
        200,
    ),
    "admin:permits_permitnumber_condition": (
        "permits.change_permitnumber",
        lambda world: PermitNumber.objects.latest("pk").pk,
        200,
        200,
    ),
    "admin:permits_permitnumber_replace": (
        "permits.change_permitnumber",
        lambda world: PermitNumber.objects.latest("pk").pk,
        "/admin/permits/permitnumber/",
        "/admin/permits/permitnumber/",
    ),
    "admin:opscom_retention": ("opscom.view_systemsettings", lambda world: None, 200, 200),
    "admin:opscom_setup": ("opscom.change_systemsettings", lambda world: None, 200, 200),
    "admin:opscom_setup_download": ("opscom.change_systemsettings", lambda world: None, 200, 405),
    "admin:find": ("accounts.view_user", lambda world: None, "/admin/accounts/user/", 405),
    "admin:permits_lot_why": ("permits.view_lot", lambda world: None, 200, 200),
    "admin:violations_violation_check": ("permits.check_platecheck", lambda world: None, 200, 200),
    "admin:violations_violation_write": ("violations.add_violation", lambda world: None, 200, 200),
    "admin:violations_violation_shell": ("violations.add_violation", lambda world: None, 200, 405),
    "admin:violations_violation_worker": ("violations.add_violation", lambda world: None, 200, 405),
    "admin:violations_importrun_errors": ("violations.view_importrun", import_key, 404, 404),
    "admin:violations_importrun_again": ("violations.add_importrun", import_key, 404, 404),
    "admin:violations_offenceimport_errors": ("violations.view_offenceimport", catalogue_key, 404, 404),
    "admin:violations_offenceimport_again": ("violations.add_offenceimport", catalogue_key, 404, 404),
    "admin:violations_lookupbatch_file": ("violations.add_lookupbatch", owners_key, OWNERS, 200),
    "admin:violations_lookupbatch_answer": ("violations.add_lookupbatch", owners_key, OWNERS, OWNERS),
    "admin:violations_lookupbatch_errors": ("violations.add_lookupbatch", owners_key, OWNERS, OWNERS),
    **{
        f"admin:violations_letterbatch_{verb}": ("violations.add_letterbatch", letters_key, LETTERS, LETTERS)
        for verb in ("file", "sent", "drop", "again")
    },
    "admin:violations_collectionsbatch_file": ("violations.add_collectionsbatch", sent_key, AGENCY, 200),
    "admin:violations_collectionsbatch_payments": (
        "violations.add_collectionsbatch",
        lambda world: None,
        AGENCY,
        AGENCY,
    ),
    "admin:violations_collectionscase_recall": ("violations.add_collectionsbatch", case_key, 200, 200),
    "admin:violations_collectionscase_payment": ("violations.add_collectionsbatch", case_key, 200, 200),
    "admin:violations_violation_print": ("violations.add_violation", lambda world: world.violation.pk, 200, 200),
    "admin:permits_platetoken_revoke": (
        "permits.change_platetoken",
        lambda world: PlateToken.objects.latest("pk").pk,
        200,
        "/admin/permits/platetoken/",
    ),
    "admin:vehicles_peopleimport_errors": ("vehicles.view_peopleimport", people_key, 404, 404),
    "admin:vehicles_peopleimport_again": ("vehicles.add_peopleimport", people_key, 404, 404),
    "admin:permits_permitimport_errors": ("permits.view_permitimport", permits_key, 404, 404),
    "admin:permits_permitimport_again": ("permits.process_permit", permits_key, 404, 404),
    "admin:permits_hourblock_take_back": ("permits.change_hourblock", hours_key, 200, 200),
    "admin:permits_hourblock_end": ("permits.change_hourblock", lambda world: world.permit.pk, 404, 404),
    "admin:permits_permit_pass_on": ("permits.move_permit", lambda world: world.permit.pk, 200, 200),
    "admin:permits_permit_reprint": ("permits.add_reprint", lambda world: world.permit.pk, 200, 200),
    "admin:permits_printbatch_download": (
        "permits.add_printbatch",
        lambda world: PrintBatch.objects.latest("pk").pk,
        404,
        404,
    ),
    "admin:accounts_wording_show": ("accounts.view_wording", lambda world: "receipt.fr", 200, 405),
    "admin:accounts_wording_act": ("accounts.change_wording", lambda world: "receipt.fr", 405, 200),
    "admin:accounts_wording_preview": ("accounts.view_wording", lambda world: "receipt.fr", 200, 200),
    "admin:accounts_textmessage_usage": ("accounts.view_textmessage", lambda world: None, 200, 200),
    "admin:permits_textconversation_sessions": ("permits.view_textconversation", lambda world: None, 200, 200),
    "admin:permits_textconversation_usage": ("permits.view_textconversation", lambda world: None, 200, 200),
    "admin:permits_waitlist_queue": ("permits.view_waitlist", waitlist_key, 200, 403),
    "admin:permits_waitlist_ask": ("permits.process_waitlist", waitlist_key, 403, "/admin/permits/waitlist/"),
    "admin:permits_waitlist_import": ("permits.process_waitlist", waitlist_key, 200, 200),
    "admin:permits_waitlist_export": ("permits.view_waitlist opscom.export_reportdownload", waitlist_key, 200, 403),
    "admin:permits_waitlistentry_act": (
        "permits.process_waitlist",
        lambda world: world.offer.entry_id,
        200,
        200,
    ),
    "admin:payments_payment_process": ("payments.process_payment", lambda world: world.promise.pk, 200, 200),
    "admin:payments_payment_withdraw": (
        "payments.process_payment",
        lambda world: world.promise.pk,
        405,
        "/admin/payments/payment/",
    ),
    "admin:payments_payment_person": (
        "payments.process_payment",
        lambda world: world.owner.pk,
        200,
        "/admin/payments/payment/",
    ),
    "admin:payments_paymentplan_offer": ("payments.add_paymentplan", lambda world: world.owner.pk, 200, 200),
    "admin:payments_paymentplan_agree": (
        "payments.add_paymentplan",
        lambda world: world.plan.pk,
        405,
        "/admin/payments/paymentplan/",
    ),
    "admin:payments_paymentplan_take": (
        "payments.process_payment",
        lambda world: world.plan.pk,
        405,
        "/admin/payments/payment/",
    ),
    "admin:payments_paymentplan_cancel": (
        "payments.change_paymentplan",
        lambda world: world.plan.pk,
        405,
        "/admin/payments/paymentplan/",
    ),
    "admin:payments_payment_take": ("payments.process_payment", lambda world: world.checkout.pk, 200, 200),
    "admin:payments_payment_addcredit": ("payments.add_adjustment", lambda world: world.owner.pk, 200, 200),
    "admin:payments_payment_credit": ("payments.add_adjustment", lambda world: world.checkout.pk, 200, 200),
    "admin:payments_payment_bounce": ("payments.process_payment", lambda world: world.promise.pk, 404, 404),
    "admin:payments_adjustment_reverse": (
        "payments.reverse_adjustment",
        lambda world: world.owner.adjustments.order_by("pk")[0].pk,
        200,
        200,
    ),
    "admin:payments_cashdrawer_close": (
        "payments.process_payment",
        lambda world: CashDrawer.objects.latest("pk").pk,
        404,
        404,
    ),
    "admin:payments_refund_start": ("payments.add_refund", lambda world: world.receipt.payment_id, 200, 200),
    "admin:payments_refund_charge": (
        "payments.add_refund",
        lambda world: world.permit.charge_id,
        "/admin/payments/refund/of/",
        405,
    ),
    "admin:payments_refund_decide": ("payments.view_refund", lambda world: Refund.objects.latest("pk").pk, 200, 200),
    "admin:accounts_user_note": (
        "accounts.add_personnote",
        lambda world: world.owner.pk,
        405,
        "/admin/accounts/user/",
    ),
    "admin:accounts_mailing_do": (
        "accounts.change_mailing",
        lambda world: Mailing.objects.latest("pk").pk,
        405,
        404,
    ),
    "admin:accounts_user_archive": ("accounts.archive_user", lambda world: world.owner.pk, 200, 200),
    "admin:accounts_user_restore": ("accounts.archive_user", lambda world: world.owner.pk, 200, 200),
    "admin:accounts_user_merge": ("accounts.merge_user", lambda world: world.owner.pk, 200, 200),
    "admin:accounts_user_statement": ("payments.view_ledgerentry", lambda world: world.owner.pk, 200, 200),
    "admin:accounts_company_statement": (
        "payments.view_ledgerentry",
        lambda world: world.member.company_id,
        200,
        200,
    ),
    "admin:accounts_company_invoice": ("payments.view_charge", lambda world: world.member.company_id, 200, 200),
    "admin:accounts_user_act": ("accounts.act_user", lambda world: world.owner.pk, 200, 200),
    "admin:lockers_locker_export": ("lockers.view_locker opscom.export_reportdownload", lambda world: None, 200, 200),
    "admin:lockers_lockerimport_errors": ("lockers.view_lockerimport", lockers_key, 404, 404),
    "admin:lockers_lockerimport_again": ("lockers.add_lockerimport", lockers_key, 404, 404),
    "admin:lockers_locker_range": ("lockers.add_locker", lambda world: None, 200, 200),
    "admin:lockers_locker_take_back": ("lockers.add_locker", lambda world: None, 405, "/admin/lockers/locker/"),
    "admin:permits_permitnumber_take_back": (
        "permits.add_permitnumber",
        lambda world: None,
        405,
        "/admin/permits/permitnumber/",
    ),
    "admin:lockers_locker_combination": (
        "lockers.open_locker",
        lambda world: world.locker_term.locker_id,
        200,
        200,
    ),
    "admin:lockers_lockerterm_move": ("lockers.change_lockerterm", lambda world: world.locker_term.pk, 200, 200),
    "admin:lockers_lockerterm_end": ("lockers.change_lockerterm", lambda world: world.locker_term.pk, 200, 200),
    "admin:violations_violation_boot": ("violations.add_bootassignment", lambda world: world.violation.pk, 200, 200),
    "admin:violations_boot_desk": ("violations.change_bootassignment", lambda world: world.boot.boot_id, 200, 200),
    "admin:violations_violation_spoil": ("violations.change_violation", lambda world: world.violation.pk, 200, 200),
    "admin:violations_violation_void": ("violations.change_violation", lambda world: world.violation.pk, 200, 200),
    "admin:violations_violation_warn": ("violations.change_violation", lambda world: world.violation.pk, 200, 200),
    "admin:violations_violation_fee": ("violations.change_violation", lambda world: world.violation.pk, 200, 200),
    "admin:violations_violation_towing": ("violations.change_violation", lambda world: world.violation.pk, 200, 200),
    "admin:violations_ticketseries_gaps": ("violations.view_ticketseries", series_key, 200, 200),
    "admin:violations_ticketseries_explain": ("violations.change_ticketseries", series_key, 200, 200),
    "admin:violations_violation_reduce": ("violations.change_violation", lambda world: world.violation.pk, 200, 200),
}


def test_every_address_has_a_row() -> None:
    rest = {"admin:app_list", "admin:unnamed"}  # tested below: the list of one app, old addresses, and everything else
    known = PAGES.keys() | OFFICE_PAGES | OWN_PAGES.keys() | names_of_model_pages() | rest
    found = {name for name, _pattern in patterns(get_resolver())}
    assert (sorted(found - known), sorted(known - found)) == ([], [])


def asking(path: str, expected: Mapping[str, Answer]) -> list[str]:
    """Who asks for it in this run: of those who are to get the same answer one of the staff and one of the others that SEED
    draws, at the office's pages a third of those, but always one of the staff who are refused; always the anonymous, and the
    operator, who gets pages drawn; with FULL everybody."""
    name = resolve(path.partition("?")[0]).view_name
    groups: dict[tuple[Answer, bool], list[str]] = {}
    for kind, answer in expected.items():
        groups.setdefault((answer, kind in ROLES), []).append(kind)
    drawn = {min(kinds, key=lambda kind: lot_of(f"{name} {kind}")) for kinds in groups.values()}
    if path.startswith("/admin/"):
        refused = {kind for kind in drawn if kind in ROLES and expected[kind] == 403}
        drawn = refused | {kind for kind in drawn if is_drawn(f"asks {name} {kind}", one_in=3)}
    return [kind for kind in expected if FULL or kind in drawn or kind in ("anonymous", "operator")]


def wrong_answers(
    visitors: dict[str, Client], method: str, expected: Mapping[str, Callable[[str], Answer]], *, token: bool = True
) -> dict[str, dict[str, tuple[Answer, Answer]]]:
    """For each path the visitors whose answer is not the expected one, with both."""
    wrong: dict[str, dict[str, tuple[Answer, Answer]]] = {}
    for path, answer_for in expected.items():
        for kind in asking(path, {kind: answer_for(kind) for kind in visitors}):
            answer = ask(visitors[kind], method, path, token=token)
            if not same(answer, answer_for(kind)):
                wrong.setdefault(path, {})[kind] = (answer, answer_for(kind))
    return wrong


@pytest.mark.parametrize("method", ["get", "post"])
def test_pages_answer_each_visitor(world: World, visitors: dict[str, Client], method: str) -> None:
    expected = {
        reverse(name, args=row.args(world)): partial(row.expected, method=method) for name, row in PAGES.items()
    }
    assert wrong_answers(visitors, method, expected) == {}


def test_post_without_the_token_is_refused_to_everybody(world: World, visitors: dict[str, Client]) -> None:
    def refused(kind: str, *, row: Row, exempt: bool) -> Answer:
        if kind == "half" and row.half[1] == GATE and row.half[0] == GATE:
            return GATE
        return row.expected(kind, "post") if exempt else 403

    expected = {
        reverse(name, args=row.args(world)): partial(refused, row=row, exempt=name in EXEMPT)
        for name, row in PAGES.items()
    }
    some = {kind: visitors[kind] for kind in ("anonymous", "owner", "half", "operator")}
    assert wrong_answers(some, "post", expected, token=False) == {}


def in_office(staff: Answer | Callable[[str], Answer]) -> Callable[[str], Answer]:
    """Behind the office's door: staff half-way in go to the one-time password, everybody else to the office's login,
    which sends anonymous visitors to the portal's and tells residents that it is not for them."""

    def answer(kind: str) -> Answer:
        if kind in STAFF:
            return staff(kind) if callable(staff) else staff
        return GATE if kind == "half" else "/admin/login/?next="

    return answer


def at_the_door(kind: str) -> Answer:
    """The office's login page: to the portal's own, in, or not for you."""
    doors: dict[str, Answer] = {"anonymous": LOGIN, "owner": 403, "other": 403, "half": GATE}
    return doors.get(kind, "/admin/")


def test_office_pages_answer_each_visitor(world: World, visitors: dict[str, Client]) -> None:
    expected: dict[str, Callable[[str], Answer]] = {
        reverse("admin:index"): in_office(200),
        reverse("admin:login"): at_the_door,
        reverse("admin:logout"): lambda kind: "/logout" if kind in STAFF else GATE if kind == "half" else "/admin/",
        reverse("admin:password_change"): in_office("/security/password/"),
        reverse("admin:password_change_done"): in_office(200),
        reverse("admin:autocomplete"): in_office(403),
        reverse("admin:jsi18n"): in_office(200),
        reverse("admin:payments_ledgerentry_export"): in_office(
            lambda kind: 200 if may(kind, "payments.export_ledgerentry") else 403
        ),
        reverse("admin:view_on_site", args=[1, 1]): in_office(404),
        reverse("admin:payments_cashdrawer_open"): in_office(
            lambda kind: 200 if may(kind, "payments.process_payment") else 403
        ),
        reverse("admin:payments_cashdrawer_sheet"): in_office(
            lambda kind: 200 if may(kind, "payments.view_cashdrawer") else 403
        ),
        reverse("admin:help"): in_office(200),
        reverse("admin:unpaid"): in_office(lambda kind: 200 if may(kind, "permits.release_permit") else 403),
        reverse("admin:payments_payment_cashup"): in_office(
            lambda kind: 200 if may(kind, "payments.process_payment") else 403
        ),
        reverse("admin:list_file", args=["permits", "lot", "csv"]): in_office(
            lambda kind: 200 if may(kind, "permits.view_lot") and may(kind, "opscom.export_reportdownload") else 403
        ),
        reverse("admin:reports"): in_office(lambda kind: 200 if may_some_report(kind) else 403),
        reverse("admin:report", args=["receipts-by-method"]): in_office(
            lambda kind: 200 if may(kind, "payments.view_ledgerentry") else 403
        ),
        reverse("admin:payments_refund_surplus"): in_office(
            lambda kind: 200 if may(kind, "payments.view_refund") else 403
        ),
        "/admin/payments/": in_office(lambda kind: 200 if sees_app(kind, "payments") else 404),
        "/admin/opscom/": in_office(lambda kind: 200 if sees_app(kind, "opscom") else 404),
        "/admin/no/such/page/": in_office(404),
    }
    assert wrong_answers(visitors, "get", expected) == {}


def may_some_report(kind: str) -> bool:
    """Whether any report is for the role."""
    return any(may(kind, report.right) for report in all_reports())


def sees_app(kind: str, app: str) -> bool:
    """Whether the role may look at anything of that app."""
    return any(
        may(kind, f"{app}.view_{model._meta.model_name}") for model in admin_models() if model._meta.app_label == app
    )


@pytest.mark.parametrize("method", ["get", "post"])
def test_offices_own_pages_answer_each_visitor(world: World, visitors: dict[str, Client], method: str) -> None:
    def if_allowed(kind: str, *, right: str, answer: Answer) -> Answer:
        return answer if all(may(kind, each) for each in right.split()) else 403

    expected = {}
    for name, (right, key, to_get, to_post) in OWN_PAGES.items():
        asked = partial(if_allowed, right=right, answer=to_post if method == "post" else to_get)
        expected[reverse(name, args=list(filter(None, [key(world)])))] = in_office(asked)
    assert wrong_answers(visitors, method, expected) == {}


def model_pages(model: type[Model], method: str) -> dict[str, Callable[[str], Answer]]:
    """The five pages of a model with the answers that the roles promise. Nobody but an operator deletes, and an operator
    only what is no money and no history."""
    label, name = model._meta.label, f"{model._meta.app_label}_{model._meta.model_name}"
    row = row_of(model)

    def allowed(kind: str, action: str) -> bool:
        return may(kind, f"{model._meta.app_label}.{action}_{model._meta.model_name}")

    def if_so(answer: Answer, *actions: str, never: bool = False) -> Callable[[str], Answer]:
        return in_office(lambda kind: answer if not never and any(allowed(kind, action) for action in actions) else 403)

    sees = ("view", "change")
    kept: Answer = "/admin/payments/ledgercode/" if label == "payments.LedgerCode" else 200  # nothing is required there
    listed: Answer = "/admin/opscom/systemsettings/1/change/" if label == "opscom.SystemSettings" else 200
    added: Answer = reverse(f"admin:{name}_add") if label == "violations.CollectionsBatch" else 200  # nothing is ready
    if method == "get":
        return {
            reverse(f"admin:{name}_changelist"): if_so(listed, *sees),
            reverse(f"admin:{name}_add"): if_so(200, "add", never=label in NO_ADD),
            reverse(f"admin:{name}_change", args=[row]): if_so(200, *sees),
            reverse(f"admin:{name}_history", args=[row]): if_so(200, *sees),
            reverse(f"admin:{name}_delete", args=[row]): if_so(200, "delete", never=label in NO_DELETE),
            f"/admin/{model._meta.app_label}/{model._meta.model_name}/{row}/": in_office(
                f"/admin/{model._meta.app_label}/"
            ),
        }
    return {
        reverse(f"admin:{name}_add"): if_so(added, "add", never=label in NO_ADD),
        reverse(f"admin:{name}_change", args=[row]): if_so(kept, "change", never=label in NO_CHANGE),
        reverse(f"admin:{name}_delete", args=[row]): if_so(
            200 if label in IN_USE else f"/admin/{model._meta.app_label}/", "delete", never=label in NO_DELETE
        ),
    }


def row_of(model: type[Model]) -> Any:
    """The key of a row; of people the owner, who is no staff."""
    rows = model._default_manager.order_by("pk")
    return (rows.filter(is_staff=False) if model is User else rows).values_list("pk", flat=True)[0]


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("app", sorted({model._meta.app_label for model in admin_models()}))
def test_pages_of_each_model_answer_as_the_roles_say(
    world: World, visitors: dict[str, Client], app: str, method: str
) -> None:
    wrong: dict[str, dict[str, tuple[Answer, Answer]]] = {}
    for model in admin_models():
        if model._meta.app_label == app:
            wrong |= wrong_answers(visitors, method, model_pages(model, method))
    assert wrong == {}


def test_office_takes_no_post_without_the_token(world: World, visitors: dict[str, Client]) -> None:
    models = [model for model in admin_models() if is_drawn(f"token {model._meta.label}", one_in=3)]
    paths = [path for model in models for path in model_pages(model, "post")]
    expected = {path: (lambda kind: GATE if kind == "half" else 403) for path in paths}
    assert (
        wrong_answers(
            {kind: visitors[kind] for kind in ("anonymous", "other", "half", "operator")}, "post", expected, token=False
        )
        == {}
    )


def test_no_role_deletes() -> None:
    assert [role for role, rights in ROLES.items() if any("delete" in actions for actions in rights.values())] == []
