"""The pages of a ticket, a payment and a lot."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from opscom.lib.office import office
from payments.models import Payment
from payments.services.promises import promise_payment
from permits.models import Lot
from tests.factories import (
    make_block,
    make_checkout,
    make_entry,
    make_lot,
    make_payment,
    make_permit,
    make_vehicle,
    make_violation,
    make_waitlist,
    make_window,
)
from tests.office.whole.test_person import panel
from tests.payments.views.page import soup
from violations.models import Violation

pytestmark = pytest.mark.django_db


def page_of(row: Model) -> str:
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])


def facts(page: Any) -> dict[str, str]:
    return {row.dt.get_text(): " ".join(row.dd.get_text(" ").split()) for row in page.select(".whole-facts > div")}


def pills(page: Any) -> list[str]:
    return [pill.get_text(strip=True) for pill in page.select(".standing .pill")]


def test_ticket_says_what_it_costs_and_when_that_changes(staff_client: Client, resident: User) -> None:
    vehicle = make_vehicle(resident)
    earlier, ticket = make_violation(vehicle), make_violation(vehicle)
    page = soup(staff_client.get(page_of(ticket)))
    found = facts(page)
    assert (pills(page), found["Owed today"], found["Who owes it"]) == (["Owed"], "$30.00", "Ada Reyes")
    assert [label.partition(" ")[0] for label in found] == ["Owed", "How", "Through", "From", "Due", "Who"]
    assert found["How it comes about"] == "$50.00 fine − $20.00 less for paying early = $30.00"
    assert panel(page, "charges")[1][1:] == ["Owed", found["Due"], "$50.00", "$0.00", "$30.00"]
    assert [row[0] for row in panel(page, "plate")[1:]] == [earlier.number]
    assert [key["id"] for key in page.select(".whole section")] == [
        "charges",
        "appeals",
        "plate",
        "payments",
        "notices",
    ]


def test_payment_says_what_it_was_for(staff_client: Client, resident: User) -> None:
    ticket = make_violation(make_vehicle(resident))
    payment = promise_payment(make_checkout([ticket.charge], resident), email=resident.email)
    page = soup(staff_client.get(page_of(payment)))
    assert (pills(page), facts(page)["Payer"]) == (["Paid but not Processed"], "Ada Reyes")
    assert panel(page, "lines")[1] == [f"Ticket {ticket.number}", "$20.00", "$30.00"]
    events = [
        [cell.get_text(strip=True) for cell in row.select(".field-from_word, .field-to_word")]
        for row in page.select("#events-group tbody tr.has_original")
    ]
    assert ["Started", "Paid but not Processed"] in events


def test_lot_says_how_full_it_is(staff_client: Client, resident: User) -> None:
    lot = make_lot(spaces=3)
    window = make_window(lot)
    make_permit(resident, window)
    make_entry(make_waitlist(window))
    make_block(lot)
    page = soup(staff_client.get(page_of(lot)))
    found = facts(page)
    assert (found["Spaces"], found["Held, not paid"], found["Permits valid today"]) == ("3", "1", "0")
    assert panel(page, "windows")[0][1] == "1 on sale now"
    assert panel(page, "waitlists")[1][1:] == ["1", "Open"]
    assert panel(page, "permits")[1][1] == "Ada Reyes"


def one_ticket(user: User) -> Callable[[], Violation]:
    vehicle = make_vehicle(user)
    ticket = make_violation(vehicle)

    def more() -> Violation:
        make_violation(vehicle)
        make_payment(make_checkout([ticket.charge], user)) if not Payment.objects.exists() else None
        return ticket

    return more


def one_lot(user: User) -> Callable[[], Lot]:
    lot = make_lot(spaces=90)

    def more() -> Lot:
        window = make_window(lot)
        make_permit(window=window)
        make_entry(make_waitlist(window))
        make_block(lot, spaces=1)
        return lot

    return more


@pytest.mark.parametrize("make", [one_ticket, one_lot])
def test_queries_of_a_page_do_not_grow(
    make: Callable[[User], Callable[[], Model]], staff_client: Client, resident: User
) -> None:
    more, counts = make(resident), []
    staff_client.get(page_of(more()))  # what is looked up once a process
    for times in (1, 2):
        for _n in range(times):
            row = more()
        office()
        with CaptureQueriesContext(connection) as captured:
            page = soup(staff_client.get(page_of(row)))
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 25
    for link in page.select(".panel-more a, .whole-facts a[href^='/admin']"):
        assert staff_client.get(str(link["href"])).status_code == 200, link["href"]
