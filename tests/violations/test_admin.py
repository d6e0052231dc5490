"""Tickets in the office."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from opscom.roles import make_roles
from tests.conftest import sign_in
from tests.factories import make_lot, make_offence, make_user, make_vehicle, make_violation
from tests.violations.conftest import add_photo, picture, upload
from violations.models import Offence, TicketLookup, Violation
from violations.services.issue import spoil_violation
from violations.services.lookup import find_ticket

QUERIES = 7 + (not settings.REDIS_URL)  # without Redis the office's settings are a row

ADD = "/admin/violations/violation/add/"
LIST = "/admin/violations/violation/"


def form_data(**fields: Any) -> dict[str, Any]:
    """What the browser sends for a new ticket."""
    moment = timezone.localtime() - timedelta(minutes=5)
    inline = {
        "photos-TOTAL_FORMS": "1",
        "photos-INITIAL_FORMS": "0",
        "photos-MIN_NUM_FORMS": "0",
        "photos-MAX_NUM_FORMS": "12",
        "photos-0-caption": "",
    }
    offence = fields.pop("offence", None) or make_offence()
    return {
        "offence": offence.pk,
        "amount": "",
        "plate": "ckrt 418",
        "plate_region": "CA-ON",
        "plate_type": "passenger",
        "location": "Lot P30, row C",
        "issued_at_0": f"{moment:%Y-%m-%d}",
        "issued_at_1": f"{moment:%H:%M:%S}",
        **inline,
        **fields,
    }


def errors(response: Any) -> dict[str, list[str]]:
    """What the form says."""
    return dict(response.context["adminform"].form.errors)


def test_ticket_is_written_with_number_pin_charge_and_photo(staff_client: Client, staff: User, resident: User) -> None:
    make_vehicle(resident, plate="CKRT418")
    response = staff_client.post(
        ADD, form_data(**{"photos-0-image": upload(picture()), "photos-0-caption": "Plate"}), follow=True
    )
    violation = Violation.objects.get()
    assert violation.charge
    assert (violation.number, violation.plate, violation.amount, violation.officer) == (
        "TT-10001",
        "CKRT418",
        Decimal("50.00"),
        staff,
    )
    assert (violation.charge.payer, violation.charge.amount, violation.charge.reduced_amount) == (
        resident,
        Decimal("50.00"),
        Decimal("30.00"),
    )
    assert [(event.to_state, event.by) for event in violation.events.all()] == [("open", staff)]
    assert [photo.caption for photo in violation.photos.all()] == ["Plate"]
    assert [str(message) for message in response.context["messages"]] == [
        f"Ticket {violation.full_number} is written. Hand out the number with its last two characters, the PIN."
    ]
    assert violation.full_number in response.content.decode()


def test_ticket_can_be_a_warning(staff_client: Client) -> None:
    staff_client.post(ADD, form_data(warning="on"))
    violation = Violation.objects.get()
    assert (violation.state, violation.charge) == ("warning", None)


def test_ticket_can_have_another_fine_and_a_lot(staff_client: Client) -> None:
    lot = make_lot()
    staff_client.post(ADD, form_data(amount="20.00", lot=lot.pk, location=""))
    violation = Violation.objects.get()
    assert (violation.amount, violation.lot) == (Decimal("20.00"), lot)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("location", "", "Choose a lot, or write where the vehicle stands."),
        ("plate", "CK*RT", "Enter the plate with letters and digits only, for example CKRT 418."),
        ("amount", "0", "Ensure this value is greater than or equal to 0.01."),
        ("issued_at_0", "2099-01-01", "This lies in the future. Enter when the ticket was written."),
    ],
)
def test_ticket_form_says_what_is_missing(staff_client: Client, field: str, value: str, message: str) -> None:
    response = staff_client.post(ADD, form_data(**{field: value}))
    assert errors(response) == {field.removesuffix("_0"): [message]}
    assert Violation.objects.count() == 0


def test_ticket_form_wants_a_fine_where_the_offence_has_none(staff_client: Client) -> None:
    offence = make_offence(amount=0, reduced_amount=None)
    assert errors(staff_client.post(ADD, form_data(offence=offence))) == {
        "amount": ["This offence has no fine. Enter one, or tick Warning."]
    }
    assert staff_client.post(ADD, form_data(offence=offence, warning="on")).status_code == 302


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4 no photo", b"<svg onload=alert(1)>"])
def test_ticket_refuses_what_is_no_photo_and_keeps_the_form(staff_client: Client, content: bytes) -> None:
    response = staff_client.post(ADD, form_data(**{"photos-0-image": upload(content)}))
    found = [form.errors for formset in response.context["inline_admin_formsets"] for form in formset.formset.forms]
    assert list(found[0]) == ["image"]
    assert Violation.objects.count() == 0
    assert "ckrt 418" in response.content.decode().lower()


def test_ticket_shows_its_pin_and_changes_words_only(staff_client: Client, ticket: Violation) -> None:
    add_photo(ticket)
    Violation.objects.filter(pk=ticket.pk).update(latitude="44.35851", longitude="-78.28912")
    page = staff_client.get(f"{LIST}{ticket.pk}/change/")
    assert "TT-10133-3K" in page.content.decode()
    assert ">44.35851, -78.28912</a>" in page.content.decode()
    assert sorted(page.context["adminform"].form.fields) == ["colour", "location", "lot", "make", "notes"]
    forms = {
        f"{prefix}-{name}_FORMS": "0"
        for prefix in ("photos", "photos-2", "late_fees", "events")
        for name in ("TOTAL", "INITIAL")
    }
    data = {"location": "Lot P31", "notes": "Corrected", "amount": "1.00", "state": "paid", **forms}
    assert staff_client.post(f"{LIST}{ticket.pk}/change/", data).status_code == 302
    ticket = Violation.objects.get(pk=ticket.pk)
    assert (ticket.location, ticket.notes, ticket.amount, ticket.state) == (
        "Lot P31",
        "Corrected",
        Decimal("50.00"),
        "open",
    )


def test_ticket_is_never_deleted(staff_client: Client, ticket: Violation) -> None:
    assert staff_client.post(f"{LIST}{ticket.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Violation.objects.count() == 1


def test_spoil_asks_for_a_reason_and_voids(staff_client: Client, staff: User, ticket: Violation) -> None:
    url = reverse("admin:violations_violation_spoil", args=[ticket.pk])
    assert '<strong class="num">TT-10133</strong>, $50.00' in staff_client.get(url).content.decode()
    assert staff_client.post(url, {"reason": ""}).context["form"].errors == {
        "reason": ["Say why, for the ticket's history."]
    }
    assert Violation.objects.get().state == "open"
    done = staff_client.post(url, {"reason": "Wrong plate"}, follow=True)
    assert [str(message) for message in done.context["messages"]] == [
        "Ticket TT-10133 is void. Nothing is owed for it."
    ]
    violation = Violation.objects.get()
    assert violation.charge
    assert (violation.state, violation.charge.state) == ("void", "void")
    assert [(event.to_state, event.by, event.reason) for event in violation.events.all()][1:] == [
        ("void", staff, "Wrong plate")
    ]
    again = staff_client.post(url, {"reason": "Again"}, follow=True)
    assert [str(message) for message in again.context["messages"]] == [
        "Ticket TT-10133 is paid or void already. Nothing was changed."
    ]


def test_spoil_wants_the_right(ticket: Violation) -> None:
    make_roles()
    url = reverse("admin:violations_violation_spoil", args=[ticket.pk])
    for group, status in (("Front desk", 403), ("Enforcement", 302)):
        user = make_user(is_staff=True)
        user.groups.add(Group.objects.get(name=group))
        assert sign_in(Client(), user).post(url, {"reason": "Mistake"}).status_code == status


def test_tickets_are_closed_to_residents_and_visitors(client: Client, resident_client: Client) -> None:
    for browser in (client, resident_client):
        assert browser.get(LIST).status_code in (302, 403)


@pytest.mark.parametrize("rows", [1, 3])
def test_ticket_list_asks_as_often_for_one_as_for_three(
    staff_client: Client, rows: int, django_assert_num_queries: Any
) -> None:
    offence = make_offence()
    for n in range(rows):
        make_violation(offence=offence, number=f"TT-2000{n}", lot=make_lot())
    staff_client.get(LIST)
    with django_assert_num_queries(QUERIES):
        page = staff_client.get(LIST)
    assert page.context["cl"].result_count == rows


def test_ticket_list_finds_by_number_and_plate(staff_client: Client) -> None:
    wanted = make_violation(plate="BVLP902")
    make_violation(plate="CKRT418")
    for word in (wanted.number, "BVLP902"):
        assert [row.pk for row in staff_client.get(LIST, {"q": word}).context["cl"].result_list] == [wanted.pk]


def test_lookups_are_seen_and_not_changed(staff_client: Client, ticket: Violation) -> None:
    find_ticket("TT-10133-3K", address="192.0.2.1")
    row = TicketLookup.objects.get()
    page = staff_client.get("/admin/violations/ticketlookup/", {"found__exact": "1"})
    assert [lookup.pk for lookup in page.context["cl"].result_list] == [row.pk]
    assert staff_client.get("/admin/violations/ticketlookup/add/").status_code == 403
    assert staff_client.post(f"/admin/violations/ticketlookup/{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_offence_fine_is_changed_for_new_tickets_only(staff_client: Client, ticket: Violation) -> None:
    offence: Offence = ticket.offence
    data = {
        "category": offence.category_id, "code": offence.code, "description_en": "No Permit", "description_fr": "", "description_es": "",
        "amount": "60.00", "reduced_amount": "35.00", "reduced_days": "7", "due_days": "30", "active": "on",
        "admin_fee": "0.00", "repeat_counts": "offence",
        "steps-TOTAL_FORMS": "1", "steps-INITIAL_FORMS": "0", "repeats-TOTAL_FORMS": "0", "repeats-INITIAL_FORMS": "0",
        "steps-0-after_days": "10", "steps-0-act": "add", "steps-0-amount": "25.00",
    }  # fmt: skip
    assert staff_client.post(f"/admin/violations/offence/{offence.pk}/change/", data).status_code == 302
    ticket.refresh_from_db(fields=["amount"])
    assert (Offence.objects.get().amount, ticket.amount) == (Decimal("60.00"), Decimal("50.00"))
    assert list(Offence.objects.get().steps.values_list("after_days", "act", "amount")) == [
        (10, "add", Decimal("25.00"))
    ]
    assert ticket.terms["steps"] == []


@pytest.mark.parametrize(
    ("verb", "data", "state", "said"),
    [
        ("void", {}, "void", "Ticket TT-10133 is void. Nothing is owed for it."),
        ("warn", {}, "warning", "Ticket TT-10133 is a warning now. Nothing is owed for it."),
        ("reduce", {"to": "20.00"}, "open", "Ticket TT-10133 is reduced."),
        ("reduce", {"to": "50.00"}, "open", "Enter an amount above zero and below $50.00. To let it off, void the ticket."),
    ],
)  # fmt: skip
def test_each_decision_has_its_page(
    staff_client: Client, ticket: Violation, verb: str, data: dict[str, str], state: str, said: str
) -> None:
    url = reverse(f"admin:violations_violation_{verb}", args=[ticket.pk])
    assert staff_client.post(url, {**data, "reason": ""}).context["form"].errors["reason"]
    done = staff_client.post(url, {**data, "reason": "Sign was covered"}, follow=True)
    assert [str(message) for message in done.context["messages"]] == [said]
    assert Violation.objects.get().state == state


def test_page_of_a_ticket_offers_what_its_state_allows_and_only_notes_at_the_end(
    staff_client: Client, staff: User, ticket: Violation
) -> None:
    page = f"/admin/violations/violation/{ticket.pk}/change/"
    verbs = ["spoil", "void", "warn", "reduce"]

    def offered(shown: Any) -> list[str]:
        return [
            verb
            for verb in verbs
            if f'href="/admin/violations/violation/{ticket.pk}/{verb}/"' in shown.content.decode()
        ]

    assert offered(staff_client.get(page)) == verbs
    spoil_violation(ticket, by=staff, reason="Wrong plate")
    shown = staff_client.get(page)
    assert offered(shown) == []
    assert list(shown.context["adminform"].form.fields) == ["notes"]
