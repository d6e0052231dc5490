"""A day at the front desk: whose car is it, has she paid, and what was said."""

import pytest
from playwright.sync_api import expect

from accounts.models import PersonNote
from permits.models import Permit
from tests.factories import (
    make_address,
    make_appeal,
    make_checkout,
    make_lot,
    make_payment,
    make_permit,
    make_upload,
    make_user,
    make_vehicle,
    make_violation,
    make_window,
)
from tests.journeys.steps import Visit, make_staff
from tests.views.test_history import write_mail


@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_resident_is_looked_up_by_plate_and_a_note_is_left(kind: str, visit: Visit) -> None:
    person = make_user(first_name="Maya", last_name="Okafor", phone="+15195550142")
    make_address(person)
    plate = f"CK{kind[:2].upper()}418"
    vehicle = make_vehicle(person, plate=plate, make="Honda", colour="Blue")
    permit = make_permit(person, make_window(make_lot(name=f"Orchard Lot {kind}")))
    make_payment(make_checkout([permit.charge], person))
    Permit.objects.filter(pk=permit.pk).update(state="active")
    ticket = make_violation(vehicle)
    make_appeal(person, make_violation(vehicle))
    write_mail(person)
    make_upload(person)
    visitor = visit(kind, user=make_staff("Front desk"))
    page = visitor.page
    page.goto("/admin/")
    visitor.see("the first page")
    page.get_by_label("Find a person").fill(plate.lower())
    visitor.click("Find")
    expect(page.get_by_role("heading", level=1)).to_have_text("Maya Okafor")
    visitor.says("Owes")
    visitor.see("the whole of a person", heading="Maya Okafor")
    page.get_by_text("Read", exact=True).first.click()
    visitor.says("so the place is free again.")
    page.get_by_label("New note").fill("Asked by phone whether she has paid. Told her what is open.")
    visitor.click("Write the note")
    visitor.says("The note is written.")
    expect(page.locator("#notes li")).to_contain_text("Sam Ito")
    visitor.see("a note is left")
    visitor.follow("History")
    visitor.says("For whom")
    visitor.see("who did what to the account")
    page.goto(f"/admin/violations/violation/{ticket.pk}/change/")
    visitor.says("Owed today")
    visitor.see("everything about a ticket")
    page.goto(f"/admin/permits/lot/{permit.lot_id}/change/")
    visitor.says("Free today")
    visitor.see("everything about a lot")
    assert PersonNote.objects.get(user=person).by.get_full_name() == "Sam Ito"
