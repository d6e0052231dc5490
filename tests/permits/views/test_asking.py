"""Is this car allowed here? All about the own vehicles, yes or no about others, and nothing to who has no business here."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils.formats import date_format
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from opscom.lib.dates import today
from permits.models import Lot, Permit, PlateCheck
from permits.services.plate_check import check_plate
from tests.accounts.office import SETTINGS_READ
from tests.factories import change_office, make_lot, make_permit, make_user, make_vehicle, make_violation
from vehicles.models import VehicleOwner

pytestmark = pytest.mark.django_db
PAGE = "/permits/allowed/"
NONE_OF_YOURS = "None of your permits covers this vehicle here now."


@pytest.fixture
def mine(resident: User) -> Permit:
    """The resident's permit of today, for CKRT 418."""
    return paid(resident, "CKRT418")


def paid(holder: User, plate: str) -> Permit:
    make_vehicle(holder, plate=plate)
    permit = make_permit(holder)
    Permit.objects.filter(pk=permit.pk).update(state=Permit.State.ACTIVE)
    return Permit.objects.get(pk=permit.pk)


def ask(client: Client, plate: str, lot: Lot, status: int = 200) -> list[str]:
    """What stands in the answer, or what is wrong."""
    page = client.post(PAGE, {"plate": plate, "lot": lot.code})
    assert page.status_code == status
    soup = BeautifulSoup(page.content, "html.parser")
    if told := soup.select_one("main .callout[role=status]"):
        return [" ".join(line.get_text().split()) for line in told.select("p")]
    return [error for errors in page.context["form"].errors.values() for error in errors]


def test_own_vehicle_is_told_until_when_and_why_not(resident: User, resident_client: Client, mine: Permit) -> None:
    until = date_format(mine.last_day, "DATE_FORMAT")
    assert ask(resident_client, "ckrt 418", mine.lot) == [
        "Yes, it may stand here now.",
        f"CKRT 418 {mine.lot.name}",
        f"Its permit is valid through {until} in {mine.lot.name}.",
    ]
    elsewhere = make_lot()
    assert ask(resident_client, "CKRT418", elsewhere)[::2] == [
        "No, not now.",
        f"Its permit is not for this lot. It is valid through {until} in {mine.lot.name}.",
    ]
    make_vehicle(resident, plate="BARE1")
    assert ask(resident_client, "BARE1", mine.lot)[::2] == ["No, not now.", NONE_OF_YOURS]


def test_others_vehicles_are_nobodys_business_unless_the_office_says_so(resident_client: Client, mine: Permit) -> None:
    paid(make_user(), "THEIR1")
    refusal = "You can ask about your own vehicles. Add yours under Vehicles, or call the office."
    assert ask(resident_client, "THEIR1", mine.lot) == [refusal]
    assert PlateCheck.objects.count() == 0


def test_plate_that_somebody_adds_to_learn_of_anothers_permit_tells_nothing(
    resident: User, resident_client: Client
) -> None:
    theirs = paid(make_user(), "THEIR1")
    VehicleOwner.objects.create(user=resident, vehicle=theirs.plates.get().vehicle)
    assert ask(resident_client, "THEIR1", theirs.lot)[::2] == ["No, not now.", NONE_OF_YOURS]
    assert ask(resident_client, "THEIR1", make_lot())[::2] == ["No, not now.", NONE_OF_YOURS]


def test_where_nobody_needs_a_permit_now_it_does_not_matter_whose_it_is(
    resident: User, resident_client: Client, mine: Permit
) -> None:
    theirs = paid(make_user(), "THEIR1")
    VehicleOwner.objects.create(user=resident, vehicle=theirs.plates.get().vehicle)
    Lot.objects.filter(pk=theirs.lot_id).update(free_times="mon-sun")
    answer = ask(resident_client, "THEIR1", theirs.lot)
    assert (answer[0], answer[2].endswith("no permit is needed here.")) == ("Yes, it may stand here now.", True)
    Lot.objects.filter(pk=theirs.lot_id).update(closed_times="mon-sun")
    assert ask(resident_client, "THEIR1", theirs.lot)[0] == "No, not now."


def test_free_times_that_are_not_for_debtors_are_told_by_what_who_asks_owes(
    resident: User, resident_client: Client
) -> None:
    """Of the plate nothing is told: it may be another's."""
    lot = make_lot(free_times="mon-sun", free_without_debts=True)
    theirs = make_vehicle(make_user(), plate="THEIR1")
    make_violation(theirs)
    VehicleOwner.objects.create(user=resident, vehicle=theirs)
    make_vehicle(resident, plate="OWN1")
    assert [ask(resident_client, plate, lot)[0] for plate in ("THEIR1", "OWN1")] == ["Yes, it may stand here now."] * 2
    make_violation(make_vehicle(resident, plate="OWN2"))
    answer = ask(resident_client, "OWN1", lot)
    assert answer[0] == "No, not now."
    assert answer[2].endswith("Vehicles with unpaid tickets need a permit at these times, too.")


def test_own_permit_counts_at_free_times_whatever_its_holder_owes(
    resident: User, resident_client: Client, mine: Permit
) -> None:
    Lot.objects.filter(pk=mine.lot_id).update(free_times="mon-sun", free_without_debts=True)
    make_violation(mine.plates.get().vehicle)
    make_vehicle(resident, plate="OWN1")
    assert [ask(resident_client, plate, mine.lot)[0] for plate in ("CKRT418", "OWN1")] == [
        "Yes, it may stand here now.",
        "No, not now.",
    ]


def test_neighbour_is_told_for_whom_the_free_times_are_not(resident_client: Client, mine: Permit) -> None:
    change_office(neighbours_ask=True)
    Lot.objects.filter(pk=mine.lot_id).update(free_times="mon-sun", free_without_debts=True)
    make_violation(make_vehicle(make_user(), plate="THEIR1"))
    assert ask(resident_client, "THEIR1", mine.lot) == [
        "Yes, it may stand here now.",
        f"THEIR1 {mine.lot.name}",
        "Vehicles with unpaid tickets need a permit at these times, too.",
    ]


def test_who_holds_a_permit_here_learns_yes_or_no_and_no_more(resident_client: Client, mine: Permit) -> None:
    change_office(neighbours_ask=True)
    theirs = paid(make_user(), "THEIR1")
    assert ask(resident_client, "NOBODY1", mine.lot)[:2] == ["No, not now.", f"NOBODY1 {mine.lot.name}"]
    assert ask(resident_client, "THEIR1", theirs.lot) == [
        "About this vehicle only those can ask who hold a permit for this lot."
    ]
    Permit.objects.filter(pk=theirs.pk).update(lot=mine.lot)
    assert ask(resident_client, "THEIR1", mine.lot) == ["Yes, it may stand here now.", f"THEIR1 {mine.lot.name}"]
    Permit.objects.filter(pk=mine.pk).update(valid_from=today() + timedelta(days=1))
    assert len(ask(resident_client, "THEIR1", mine.lot)) == 1


def test_questions_are_logged_and_are_no_look_of_an_officer(
    resident: User, resident_client: Client, mine: Permit
) -> None:
    second = make_vehicle(resident, plate="SECOND1")
    mine.plates.create(vehicle=second, from_at=mine.plates.get().from_at)
    ask(resident_client, "CKRT418", mine.lot)
    [check] = PlateCheck.objects.all()
    assert (check.plate, check.lot, check.verdict, check.by, check.permit) == (
        "CKRT418",
        mine.lot,
        "covered",
        resident,
        None,
    )
    assert check_plate("SECOND1", lot=mine.lot).other is None


def test_eleventh_question_of_an_hour_waits(resident_client: Client, mine: Permit) -> None:
    for _question in range(10):
        ask(resident_client, "CKRT418", mine.lot)
    [told] = ask(resident_client, "CKRT418", mine.lot, status=429)
    assert told.startswith("Too many questions. Wait an hour, or call the office at ")
    assert PlateCheck.objects.count() == 10


def test_form_names_the_persons_lots_and_refuses_others(resident_client: Client, mine: Permit) -> None:
    hidden = make_lot(visibility=Lot.Visibility.HIDDEN)
    assert ask(resident_client, "CKRT418", hidden) == ["Choose a lot."]
    page = resident_client.get(f"{PAGE}?lot={mine.lot.code}").content.decode()
    assert f'<option value="{mine.lot.code}" selected>' in page
    assert hidden.code not in page
    assert ask(resident_client, "", mine.lot) == ["Enter the plate, for example CKRT 418."]


def test_page_is_linked_and_takes_few_queries(
    resident_client: Client, mine: Permit, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assert f'href="{PAGE}?lot={mine.lot.code}"' in resident_client.get(f"/permits/{mine.code}/").content.decode()
    assert f'href="{PAGE}"' in resident_client.get("/vehicles/").content.decode()
    with django_assert_num_queries(5 + SETTINGS_READ):
        resident_client.get(PAGE)


def test_stranger_logs_in_first(client: Client) -> None:
    assert client.get(PAGE).headers["Location"] == f"/login?next={PAGE}"
