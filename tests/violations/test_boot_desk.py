"""Boots in the office: fit one, take it back with a phone, show its code once, labels, lists."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from opscom.lib.sealed import unseal
from payments.models import Dispute, Payment, Refund
from tests.conftest import sign_in
from tests.factories import fit, make_boot, make_offence, make_user, make_violation
from tests.payments.refunding import paid_by_card
from violations.models import Boot, BootAssignment
from violations.services.boots.owing import required_charges

pytestmark = pytest.mark.django_db
CODE = "73519"


@pytest.fixture(autouse=True)
def _bank(bank: object) -> None:
    """A provider that gives money back."""


def of_role(role: str) -> Client:
    user: User = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return sign_in(Client(), user)


def desk(boot: Boot) -> str:
    return f"/admin/violations/boot/{boot.pk}/desk/"


def released() -> BootAssignment:
    assignment = fit(boot=make_boot(CODE))
    paid_by_card(list(required_charges(assignment)), None)
    assignment.refresh_from_db()
    return assignment


def test_officer_fits_a_boot_for_a_ticket() -> None:
    ticket, boot = make_violation(offence=make_offence(boot_eligible=True)), make_boot()
    make_boot(sealed="")
    officer = of_role("Enforcement")
    page = f"/admin/violations/violation/{ticket.pk}/boot/"
    assert page in officer.get(f"/admin/violations/violation/{ticket.pk}/change/").content.decode()
    form = officer.get(page).context["form"]
    assert (list(form.fields["boot"].queryset), form.initial["location"]) == ([boot], "Lot P30")
    assert officer.post(page, {"location": "Row C"}).context["form"].errors["boot"] == [
        "Choose the boot that you have put on the wheel."
    ]
    answer = officer.post(page, {"boot": boot.pk, "location": "Row C"}, follow=True)
    assert "is on the vehicle." in answer.content.decode()
    assert BootAssignment.objects.get().location == "Row C"
    again = officer.post(page, {"boot": make_boot().pk})
    assert again.context["form"].non_field_errors() == [
        "A boot for this ticket or vehicle is not back yet. Note its return first."
    ]


def test_label_leads_staff_to_the_boot_and_it_comes_back_in_one_step() -> None:
    assignment, front = released(), of_role("Front desk")
    answer = front.get(f"/boots/{assignment.boot.code}/")
    assert answer.headers["Location"] == desk(assignment.boot)
    page = front.get(desk(assignment.boot))
    assert list(page.context["forms"]) == ["return"]
    answer = front.post(desk(assignment.boot), {"do": "return"}, follow=True)
    assert "is back. $100.00 of the deposit goes back." in answer.content.decode()
    assert (BootAssignment.objects.get().state, Refund.objects.get().amount) == ("returned", Decimal(100))


def test_late_and_damaged_boot_says_what_it_costs_and_wants_a_reason() -> None:
    assignment, front = released(), of_role("Front desk")
    BootAssignment.objects.update(due_at=timezone.now() - timedelta(hours=2))
    page = front.get(desk(assignment.boot))
    assert "1 day late: $25.00 is taken from the deposit, or owed." in page.content.decode()
    sent = {"do": "return", "damaged": "on", "damage": ""}
    form = front.post(desk(assignment.boot), sent).context["forms"]["return"]
    assert list(form.errors) == ["damage", "reason"]
    sent |= {"damage": "50", "reason": "Handle broken"}
    text = front.post(desk(assignment.boot), sent, follow=True).content.decode()
    assert "$25.00 of the deposit goes back. $75.00 of the deposit is kept." in text
    assert Boot.objects.get().state == "damaged"


def test_supervisor_releases_without_payment_and_shows_the_code_once() -> None:
    assignment, supervisor = fit(boot=make_boot(CODE)), of_role("Enforcement supervisor")
    address = desk(assignment.boot)
    assert CODE not in supervisor.post(address, {"do": "show"}).content.decode()
    assert list(supervisor.get(address).context["forms"]) == ["return", "release", "lost"]
    assert supervisor.post(address, {"do": "release", "reason": ""}).context["forms"]["release"].errors
    supervisor.post(address, {"do": "release", "reason": "Ambulance"})
    assert supervisor.get(address).context["shows"] is True
    shown = supervisor.post(address, {"do": "show"})
    assert CODE in shown.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]
    again = supervisor.post(address, {"do": "show"}).content.decode()
    assert (CODE in again, "The code was shown in the office once." in again) == (False, True)
    assert supervisor.get(address).context["shows"] is False


def test_front_desk_neither_releases_nor_sees_a_code() -> None:
    assignment, front = fit(boot=make_boot(CODE)), of_role("Front desk")
    assert front.post(desk(assignment.boot), {"do": "show"}).status_code == 403
    front.post(desk(assignment.boot), {"do": "release", "reason": "please"})
    assert BootAssignment.objects.get().state == "fitted"
    assert of_role("Cashier").get(desk(assignment.boot)).status_code == 403


@pytest.mark.parametrize(("do", "state", "boot"), [("forfeit", "forfeited", "out"), ("lost", "lost", "lost")])
def test_deposit_of_a_boot_that_does_not_come_back_is_kept(do: str, state: str, boot: str) -> None:
    assignment, supervisor = released(), of_role("Enforcement supervisor")
    BootAssignment.objects.update(due_at=timezone.now() - timedelta(days=3))
    text = supervisor.post(desk(assignment.boot), {"do": do, "reason": "No answer"}, follow=True).content.decode()
    assert "$100.00 of the deposit is kept." in text
    assert (BootAssignment.objects.get().state, Boot.objects.get().state) == (state, boot)
    assert (
        "is in stock."
        in supervisor.post(desk(assignment.boot), {"do": "back", "reason": "Found"}, follow=True).content.decode()
    )


def test_supervisor_keeps_boots_and_their_codes_which_no_page_shows() -> None:
    supervisor = of_role("Enforcement supervisor")
    sent = {"number": "B-77", "condition": "new", "release_code": CODE, "events-TOTAL_FORMS": 0}
    assert supervisor.post("/admin/violations/boot/add/", sent).status_code == 302
    boot = Boot.objects.get()
    assert unseal(boot.sealed) == CODE
    assert CODE not in supervisor.get(f"/admin/violations/boot/{boot.pk}/change/").content.decode()
    supervisor.post(desk(boot), {"do": "code", "release_code": "2468"})
    assert unseal(Boot.objects.get().sealed) == "2468"
    supervisor.post(desk(boot), {"do": "aside", "reason": "Lock sticks"})
    assert Boot.objects.get().state == "damaged"
    events = supervisor.get(f"/admin/violations/boot/{boot.pk}/change/").content.decode()
    assert ("Lock sticks" in events, "2468" in events) == (True, False)


def test_labels_are_a_sheet_with_a_code_for_each() -> None:
    boots = [make_boot(), make_boot()]
    sent = {"action": "labels", "_selected_action": [boot.pk for boot in boots]}
    answer = of_role("Enforcement supervisor").post("/admin/violations/boot/", sent)
    assert (answer.headers["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")


def test_list_of_boots_out_shows_what_is_late_and_what_waits() -> None:
    late, waiting = released(), released_elsewhere()
    BootAssignment.objects.filter(pk=late.pk).update(state="overdue")
    front = of_role("Front desk")
    page = "/admin/violations/bootassignment/"
    for standing, wanted in (("open", {late.pk, waiting.pk}), ("late", {late.pk}), ("hand", set())):
        found = front.get(f"{page}?standing={standing}").context["cl"].queryset
        assert set(found.values_list("pk", flat=True)) == wanted
    payment = Payment.objects.get(checkout__lines__charge=waiting.deposit)
    dispute = Dispute.objects.create(provider_ref="dp_1", payment=payment, amount=Decimal(100))
    text = front.post(desk(waiting.boot), {"do": "return"}, follow=True).content.decode()
    assert "disputes this payment" in text

    Dispute.objects.filter(pk=dispute.pk).update(state="won")
    sent = {"action": "give_deposit_back", "_selected_action": [waiting.pk, late.pk]}
    text = front.post(page, sent, follow=True).content.decode()
    assert ("$100.00 goes back." in text, "Nothing of this deposit waits" in text) == (True, True)


def released_elsewhere() -> BootAssignment:
    assignment = fit(make_violation(plate="OTHER1"))
    paid_by_card(list(required_charges(assignment)), None)
    assignment.refresh_from_db()
    return assignment


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_cost_the_same_for_one_and_three(
    rows: int, staff_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(rows):
        fit(make_violation(plate=f"ROW{n}"))
    more = not settings.REDIS_URL
    for page, queries in (("bootassignment", 5), ("boot", 5)):
        with django_assert_num_queries(queries + more):
            staff_client.get(f"/admin/violations/{page}/")
