"""The office's own pages, each once: no accessibility finding, valid HTML, nothing wider than a phone, in light and dark. A
tenth of them in each run, all with FULL. The portal answers in this process, so that what is shown is left nowhere."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.urls import get_resolver, reverse
from django.utils import timezone
from playwright.sync_api import Browser

from accounts.models import User
from opscom.lib.dates import Period, today
from opscom.lib.reports import all_reports
from opscom.office.setup.writing import write_office
from opscom.office.unpaid.releasing import held_until
from payments.models import PaymentMethod
from payments.models.payment import ReceivedAs
from payments.services.drawers import open_drawer
from payments.services.promises import process_manually, promise_payment
from permits.models import LotBlock, PermitNumber
from permits.services.visitors.booking import book_visit
from permits.services.visitors.granting import grant_hours
from tests.access import World, make_world
from tests.factories import (
    make_appeal,
    make_charge,
    make_checkout,
    make_permit,
    make_temporary_type,
    make_user,
    make_user_type,
    make_vehicle,
    make_violation,
    make_window,
)
from tests.journeys.within import inside
from tests.sample import is_drawn
from tests.test_access_matrix import OWN_PAGES, names_of_model_pages, patterns
from violations.models import Appeal, TicketSeries
from violations.services.appeals.drafting import submit_appeal

pytestmark = pytest.mark.django_db
ONE_IN = 10
Sent = dict[str, Any]
# Addresses of the office that are no page of its own, each with the reason.
NO_PAGE = {
    "login": "the portal's own", "logout": "the portal's own", "password_change": "the portal's own", "autocomplete": "for a list's search", "jsi18n": "a script", "view_on_site": "leads on", "unnamed": "old addresses",
    "find": "leads on", "list_file": "a file", "forms_module_formdefinition_export": "a file", "permits_lot_poster": "a file", "opscom_setup_download": "a file", "permits_printbatch_download": "a file",
    "permits_waitlist_export": "a file", "lockers_locker_export": "a file", "payments_refund_charge": "leads on", "permits_waitlist_ask": "POST only", "lockers_locker_take_back": "POST only", "permits_permitnumber_take_back": "POST only", "permits_permitnumber_replace": "as the change of its condition",
    "vehicles_peopleimport_errors": "a file", "permits_permitimport_errors": "a file", "violations_importrun_errors": "a file", "violations_offenceimport_errors": "a file", "lockers_lockerimport_errors": "a file",
    "vehicles_peopleimport_again": "POST only", "permits_permitimport_again": "POST only", "violations_importrun_again": "POST only", "violations_offenceimport_again": "POST only", "lockers_lockerimport_again": "POST only",
    "violations_violation_worker": "a script",
    "violations_violation_shell": "goes to the real page where there is a line: test_offline", "violations_violation_print": "a file", "violations_collectionsbatch_file": "a file", "violations_collectionsbatch_payments": "POST only",
    "violations_lookupbatch_file": "a file", "violations_lookupbatch_answer": "POST only", "violations_lookupbatch_errors": "POST only",
    "violations_letterbatch_file": "a file", "violations_letterbatch_sent": "POST only", "violations_letterbatch_drop": "POST only", "violations_letterbatch_again": "POST only",
    "accounts_wording_act": "POST only", "accounts_wording_preview": "shown in a frame: test_wordings", "accounts_user_note": "POST only", "accounts_mailing_do": "POST only", "payments_payment_withdraw": "POST only",
    "payments_paymentplan_agree": "POST only", "payments_paymentplan_take": "POST only", "payments_paymentplan_cancel": "POST only",
}  # fmt: skip


def own_names() -> set[str]:
    """The names of the office's addresses that Django does not bring for a list's rows."""
    names = {name for name, _pattern in patterns(get_resolver()) if name.startswith("admin:")}
    return {name.removeprefix("admin:") for name in names - names_of_model_pages()}


@pytest.fixture
def office_open() -> None:
    """These pages need no running portal."""


@pytest.fixture
def clerk(db: None) -> User:
    """Somebody who sees everything, with a long name."""
    return make_user(first_name="Wilhelmina", last_name="Featherstonehaugh-Okonkwo", is_staff=True, is_superuser=True)


def change_of(row: Model) -> str:
    """The address of that row."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def plain_pages(world: World) -> Iterator[tuple[str, str, Sent | None]]:
    """Own pages as they open, and what they answer to a form with nothing filled in."""
    for name, (_right, key, to_get, to_post) in OWN_PAGES.items():
        if to_get == 200 and name.removeprefix("admin:") not in NO_PAGE:
            path = reverse(name, args=list(filter(None, [key(world)])))
            yield name, path, None
            if to_post == 200:
                yield f"{name} refused", path, {}


def reports() -> Iterator[tuple[str, str, Sent | None]]:
    """Each report, with its bars and its table, for the days that it begins with."""
    yield "admin:reports", reverse("admin:reports"), None
    for report in all_reports():
        yield f"admin:report {report.key}", reverse("admin:report", args=[report.key]), None


def things(world: World) -> Iterator[tuple[str, str, Sent | None]]:
    """Lists with their filters, and the pages of what the office works with."""
    rows: list[Model] = [
        world.owner, world.permit, world.violation, world.promise, world.receipt.payment, world.window, world.window.permit_type.lot, world.boot, world.boot.boot,
        world.plan, world.form, world.form.form, world.locker_term, world.locker_term.locker, world.offer.entry, world.offer.entry.waitlist, world.appeal, world.card, world.upload, world.mail,
        LotBlock.objects.latest("pk"), PermitNumber.objects.latest("pk"), TicketSeries.objects.latest("pk"), world.violation.offence,
    ]  # fmt: skip
    for row in rows:
        yield f"change {row._meta.label}", change_of(row), None
        yield f"history {row._meta.label}", change_of(row).replace("/change/", "/history/"), None
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        yield f"list {model._meta.label}", reverse(f"admin:{name}_changelist"), None


def prepared_pages(world: World, clerk: User) -> Iterator[tuple[str, str, Sent | None]]:
    """Pages that show something only once it has happened, and second steps of forms."""
    soon = f"?day={today() + timedelta(days=300)}"
    held = held_until(today() + timedelta(days=300))[0].key
    kept = {"reason": "Asked by telephone", "keep_until": str(today() + timedelta(days=7)), "listed": held}
    unpaid = reverse("admin:unpaid") + soon
    cashup = reverse("admin:payments_payment_cashup")
    drawer = open_drawer(clerk, float_amount=Decimal("150.00"))
    cheque = promise_payment(
        make_checkout([make_charge(world.owner, kind="fee")], world.owner), email=world.owner.email
    )
    process_manually(cheque, received=cheque.amount, received_as=ReceivedAs.CHEQUE, by=clerk)
    people = reverse("admin:accounts_user_changelist")
    appeal = make_appeal(make_user(), make_violation(make_vehicle(world.owner)))
    appeal = submit_appeal(appeal, by=appeal.user)
    yield "admin:index", reverse("admin:index"), None
    yield "admin:help", reverse("admin:help"), None
    yield "admin:app_list", "/admin/payments/", None
    yield "admin:password_change_done", reverse("admin:password_change_done"), None
    yield "admin:trail", reverse("admin:trail", args=["permits", "permit", world.permit.pk]), None
    yield "admin:unpaid", unpaid, None
    yield "unpaid nothing ticked", unpaid, {"listed": held}
    yield "unpaid what goes", unpaid, {**kept, "release": held}
    yield "unpaid what stays", unpaid, kept
    yield "admin:payments_ledgerentry_export", reverse("admin:payments_ledgerentry_export"), None
    yield "admin:payments_refund_surplus", reverse("admin:payments_refund_surplus"), None
    yield "admin:payments_cashdrawer_open", reverse("admin:payments_cashdrawer_open"), None
    yield "admin:payments_cashdrawer_sheet", reverse("admin:payments_cashdrawer_sheet"), None
    yield "admin:payments_cashdrawer_close", reverse("admin:payments_cashdrawer_close", args=[drawer.pk]), None
    yield "drawer short", reverse("admin:payments_cashdrawer_close", args=[drawer.pk]), {"n_100": "1"}
    yield "admin:payments_payment_cashup", cashup, None
    yield "cash-up counted", cashup, {"promise": world.promise.pk}
    yield "cash-up of another sum", cashup, {"promise": world.promise.pk, "counted": "1", "received_as": "cash"}
    yield "cash-up done", f"{cashup}?done={cheque.pk}", None
    yield "admin:payments_payment_bounce", reverse("admin:payments_payment_bounce", args=[cheque.pk]), None
    yield "admin:permits_hourblock_end", reverse("admin:permits_hourblock_end", args=[make_visit(world).pk]), None
    refund = reverse("admin:payments_refund_start", args=[world.receipt.payment_id])
    said = {"charge": world.permit.charge_id, "amount": "2.00", "way": "provider", "reason": "Sold the car"}
    yield "refund looked at", refund, said
    method = PaymentMethod.objects.get(code=PaymentMethod.CASH)
    yield "payment looked at", reverse("admin:payments_payment_take", args=[world.checkout.pk]), {"method": method.pk}
    yield (
        "why for a person",
        f"{reverse('admin:permits_lot_why')}?lot={world.window.permit_type.lot.pk}&person={world.owner.pk}",
        None,
    )
    yield "appeal to decide", change_of(appeal), None
    yield "appeal looked at", change_of(appeal), {"decision": Appeal.State.REDUCED, "amount": "10", "response": "Half."}
    yield "set-up file", reverse("admin:opscom_setup"), {"text": write_office().replace("Ontario", "Quebec")}
    yield "set-up file refused", reverse("admin:opscom_setup"), {"text": "[lots]\nnonsense = 1"}
    yield "user type", people, {"action": "change_user_type", "_selected_action": world.owner.pk}
    kind = make_user_type().pk
    yield (
        "user type seen",
        people,
        {"action": "change_user_type", "_selected_action": world.owner.pk, "user_type": kind},
    )
    yield "second factor", people, {"action": "reset_action", "_selected_action": world.owner.pk}
    other = make_user(first_name="Ada", last_name="Twice")
    yield "merge seen", f"{reverse('admin:accounts_user_merge', args=[world.owner.pk])}?duplicate={other.email}", None
    order = reverse("admin:permits_waitlist_import", args=[world.offer.entry.waitlist_id])
    yield "order on paper", order, {"text": f"email\n{other.email}\nnobody@example.test\n"}
    yield (
        "token",
        reverse("admin:permits_platetoken_add"),
        {"name": "Gate 5", "scope": "check", "language": "en", "per_minute": 60},
    )
    yield "numbers", reverse("admin:permits_permitnumber_add"), None


def make_visit(world: World) -> Any:
    """Somebody visits the owner for two hours."""
    ends = today() + timedelta(days=30)
    grant_hours(world.owner, minutes=300, ends_before=ends, reason="Roof repair", by=make_user(is_staff=True))
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    return book_visit(
        world.owner,
        permit_type=make_temporary_type(takes_hours=True),
        vehicle=make_vehicle(),
        period=Period(start, start + timedelta(hours=2)),
    )


def test_every_page_of_the_office_is_for_everybody(browser: Browser, clerk: User) -> None:
    world = make_world()
    make_permit(world.owner, make_window())  # held and not paid
    pages = [*plain_pages(world), *reports(), *things(world), *prepared_pages(world, clerk)]
    shown = {name.removeprefix("admin:").split()[0] for name, _path, _sent in pages if name.startswith("admin:")}
    assert own_names() == shown | set(NO_PAGE)  # a new page is shown here, or says why not
    with inside(browser, clerk, journey="office_pages") as here:
        for name, path, sent in pages:
            if is_drawn(f"office {name}", one_in=ONE_IN):
                here.open(path, sent)
                here.visitor.look(name)
