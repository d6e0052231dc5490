"""Somebody else's vehicle joins a profile for the time of an appeal."""

from datetime import timedelta
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from accounts.models import Mail, User
from tests.factories import change_office, make_lot, make_user, make_vehicle, make_violation
from violations.errors import AppealRefused
from violations.models import Appeal, Association, Violation
from violations.services.appeals.associating import ask_consent, associate, find_tickets, other_tickets
from violations.services.appeals.deciding import decide_appeal
from violations.services.appeals.drafting import submit_appeal

pytestmark = pytest.mark.django_db
SEARCH = "/appeals/lookup/"


@pytest.fixture
def owner() -> User:
    return make_user()


@pytest.fixture
def theirs(owner: User) -> Violation:
    """A ticket of somebody else's vehicle."""
    vehicle = make_vehicle(owner, plate="KSTN771")
    return make_violation(vehicle, number="TT-500", pin="7Q", lot=make_lot(name="Gordon Hall"))


@pytest.fixture
def address(resident_client: Client, theirs: Violation) -> str:
    return f"/appeals/associate/{theirs.number}/"


def active() -> int:
    return Association.objects.active(timezone.now()).count()


def test_search_finds_by_plate_and_by_number(theirs: Violation) -> None:
    make_violation(make_vehicle(make_user(), plate="KSTN77I"))  # looks alike, and is another plate
    for typed in ("kstn 771", "KSTN-771", "tt 500", "TT-500-7Q", "TT-500-XX"):
        assert find_tickets(typed) == [theirs], typed
    assert (find_tickets("KSTN77"), find_tickets("..")) == ([], [])


def test_stranger_sees_number_day_and_lot_alone(resident_client: Client, theirs: Violation, owner: User) -> None:
    answer = resident_client.post(SEARCH, {"wanted": "KSTN771"}).content
    page = BeautifulSoup(answer, "html.parser").get_text()  # a token of the form may hold any two letters
    assert ("TT-500" in page, "Gordon Hall" in page) == (True, True)
    for secret in (theirs.offence.description, "50.00", owner.last_name, "7Q", "Lot P30"):
        assert secret not in page
    assert resident_client.get("/tickets/TT-500/").status_code == 404
    assert "No ticket for nothing." in resident_client.post(SEARCH, {"wanted": "nothing"}).content.decode()


def test_searches_are_counted(resident_client: Client, theirs: Violation) -> None:
    codes = [resident_client.post(SEARCH, {"wanted": "KSTN771"}).status_code for _n in range(21)]
    assert codes == [200] * 20 + [429]


def test_request_for_somebody_elses_ticket_leads_to_the_association(resident_client: Client, address: str) -> None:
    assert resident_client.post("/appeals/request/TT-500/").headers["Location"] == address
    assert resident_client.post("/appeals/request/TT-000/").status_code == 404
    assert "temporarily during the appeal" in resident_client.get(address).content.decode()


def test_number_with_pin_associates_and_the_owner_is_told(
    resident_client: Client, resident: User, address: str, owner: User
) -> None:
    for wrong in ("TT-500-XX", make_violation(number="TT-501", pin="AA").full_number, ""):
        form = resident_client.post(address, {"ticket": wrong, "do": "associate"}).context["form"]
        assert list(form.errors) == ["ticket"]
    assert active() == 0
    response = resident_client.post(address, {"ticket": "tt-500-7q", "do": "associate"}, follow=True)
    assert [card["ticket"].number for card in response.context["cards"]] == ["TT-500"]
    assert resident_client.get("/tickets/TT-500/").context["can_pay"] is False
    mail = Mail.objects.get(kind="vehicle_associated")
    assert (mail.user, resident.last_name in mail.text) == (owner, False)
    draft = resident_client.post("/appeals/request/TT-500/").headers["Location"]
    assert draft == f"/appeals/{Appeal.objects.get().code}/"


def test_ticket_opened_by_pin_before_needs_no_second_pin(resident_client: Client, address: str) -> None:
    resident_client.post("/pay-ticket/", {"ticket": "TT-500-7Q"})
    resident_client.post(address, {"do": "associate"})
    assert active() == 1


def test_office_is_asked_without_the_pin(resident_client: Client, resident: User, address: str) -> None:
    resident_client.post(address, {"do": "ask"}, follow=True)
    assert (Association.objects.waiting().count(), active()) == (1, 0)
    Association.objects.update(refused_at=timezone.now())
    response = resident_client.post(address, {"do": "ask"})
    assert [str(message) for message in response.context["messages"]] == [
        "The parking office has answered already. Call 519-555-0142."
    ]


def test_it_ends_a_set_number_of_days_after_the_decision(
    resident: User, resident_client: Client, theirs: Violation, staff: User
) -> None:
    row = associate(resident, theirs)
    appeal = Appeal.objects.create(violation=theirs, user=resident, reason="She lent it to me.")
    submit_appeal(appeal, by=resident)
    row.refresh_from_db()
    assert row.ends_at is None
    amounts = Decimal("50.00"), Decimal("0.00")
    decide_appeal(appeal, decision="upheld", response="Seen.", by=staff, expected=amounts)
    row.refresh_from_db()
    assert row.ends_at and timezone.localdate(row.ends_at) == timezone.localdate() + timedelta(days=31)
    Association.objects.update(ends_at=timezone.now())
    assert resident_client.get("/tickets/TT-500/").status_code == 404
    assert resident_client.get(f"/appeals/{appeal.code}/").status_code == 200


def test_ticket_that_cannot_be_appealed_is_not_associated(resident: User, theirs: Violation) -> None:
    Violation.objects.update(issued_at=timezone.now() - timedelta(days=20))
    for verb in (associate, ask_consent):
        with pytest.raises(AppealRefused):
            verb(resident, theirs)
    assert Association.objects.count() == 0


def test_other_tickets_are_shown_as_far_as_the_office_allows(
    resident: User, resident_client: Client, theirs: Violation
) -> None:
    other = make_violation(theirs.vehicle, number="TT-502")
    associate(resident, theirs)
    page = resident_client.post("/appeals/request/TT-500/").headers["Location"]
    assert "TT-502" not in resident_client.get(page).content.decode()
    change_office(association_shows_others=True)
    assert list(other_tickets(theirs)) == [other]
    assert "TT-502" in resident_client.get(page).content.decode()
    assert resident_client.get("/tickets/TT-502/").status_code == 404
