"""A person has one permit of a plate at a time (RULES 17)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import User
from forms_module.services.reviewing import decide_submission
from opscom.lib.dates import Period, today
from opscom.office.people.merging import merge_users, refusals
from payments.models import Charge
from payments.payables import payable_for
from permits.errors import PermitRefused
from permits.models import Permit, PermitType, PermitVehicle, SalesWindow
from permits.services.conflicts import refuse_debts
from permits.services.creation import create_permit
from permits.services.plates import change_plates
from permits.services.renewal import open_term
from permits.services.reserve import release_lapsed_holds, reserve_permit
from permits.services.standing import explain_sale
from tests.factories import (
    change_office,
    make_charge,
    make_form,
    make_lot,
    make_permit,
    make_stored_card,
    make_submission,
    make_user,
    make_vehicle,
    make_window,
)
from vehicles.models import Vehicle, VehicleOwner

NOON = datetime(2026, 11, 21, 17, tzinfo=UTC)  # noon in Toronto
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no exclusion constraints")


@pytest.fixture
def vehicle(resident: User) -> Vehicle:
    return make_vehicle(resident, plate="CKRT418")


def temporary(user: User, vehicle: Vehicle, lot_type: PermitType, start: datetime, hours: int) -> Permit:
    """A temporary permit, made like every other."""
    return create_permit(
        user,
        permit_type=lot_type,
        vehicles=[vehicle],
        period=Period(start, start + hours * HOUR),
        amount=Decimal("5.00"),
        held_until=NOON + HOUR,
        at=NOON,
    )


@pytest.mark.rule(17)
def test_second_permit_of_a_plate_is_refused_and_says_which_is_in_the_way(resident: User, vehicle: Vehicle) -> None:
    first = make_permit(resident, make_window(make_lot(name="North"), at=NOON), at=NOON)
    with pytest.raises(PermitRefused) as refused:
        reserve_permit(resident, window=make_window(at=NOON), vehicles=[vehicle], at=NOON)
    assert (refused.value.code, str(refused.value)) == (
        "same-plate",
        f"Permit {first.number} (North, until Dec. 20, 2026) is for the same plate at the same time. "
        "Choose another vehicle, or cancel that permit first.",
    )
    assert Permit.objects.count() == 1


def test_another_plate_another_person_and_the_time_after_are_free(resident: User, vehicle: Vehicle) -> None:
    make_permit(resident, make_window(at=NOON), at=NOON)
    other = make_user()
    VehicleOwner.objects.create(user=other, vehicle=vehicle)
    after = make_window(at=NOON, valid_from=today(NOON) + 30 * DAY, valid_before=today(NOON) + 60 * DAY)
    for user, plate, window in (
        (resident, make_vehicle(resident), make_window(at=NOON)),
        (other, vehicle, make_window(at=NOON)),
        (resident, vehicle, after),
    ):
        reserve_permit(user, window=window, vehicles=[plate], at=NOON)
    assert Permit.objects.count() == 4


@pytest.mark.parametrize(
    ("same_lot", "hours_later", "allowed"), [(False, 0, True), (True, 0, False), (True, 24 * 40, True)]
)
def test_temporary_permit_beside_a_standard_one(
    resident: User, vehicle: Vehicle, same_lot: bool, hours_later: int, allowed: bool
) -> None:
    standard = make_permit(resident, make_window(at=NOON), at=NOON)
    lot = standard.lot if same_lot else make_lot()
    kind = PermitType.objects.create(lot=lot, kind="temporary", name="Day", prefix="D")
    if allowed:
        temporary(resident, vehicle, kind, NOON + hours_later * HOUR, 2)
        assert Permit.objects.count() == 2
    else:
        with pytest.raises(PermitRefused):
            temporary(resident, vehicle, kind, NOON + hours_later * HOUR, 2)


def test_temporary_permits_of_one_lot_follow_each_other_but_do_not_overlap(resident: User, vehicle: Vehicle) -> None:
    kind = PermitType.objects.create(lot=make_lot(), kind="temporary", name="Day", prefix="D")
    temporary(resident, vehicle, kind, NOON, 2)
    temporary(resident, vehicle, kind, NOON + 2 * HOUR, 2)
    with pytest.raises(PermitRefused):
        temporary(resident, vehicle, kind, NOON + 3 * HOUR, 2)


@pytest.mark.rule(17)
def test_plate_of_another_permit_is_not_put_on(resident: User, vehicle: Vehicle) -> None:
    make_permit(resident, make_window(at=NOON), at=NOON)
    spare = make_vehicle(resident)
    second = reserve_permit(resident, window=make_window(at=NOON), vehicles=[spare], at=NOON)
    with pytest.raises(PermitRefused) as refused:
        change_plates(second, vehicles=[spare, vehicle], by=resident, at=NOON)
    Permit.objects.exclude(pk=second.pk).update(state="cancelled")
    change_plates(second, vehicles=[vehicle], by=resident, at=NOON)
    plates = [link.vehicle for link in second.plates.all()]
    assert (refused.value.code, plates) == ("same-plate", [vehicle])


def test_hold_that_replaces_a_permit_does_not_count_before_it_is_paid(resident: User, vehicle: Vehicle) -> None:
    old, window = make_permit(resident, make_window(at=NOON), at=NOON), make_window(at=NOON)
    new = create_permit(
        resident,
        permit_type=window.permit_type,
        vehicles=[vehicle],
        period=old.period,
        amount=Decimal("5.00"),
        held_until=NOON + HOUR,
        at=NOON,
        replaces=old,
    )
    assert (new.replaces, Permit.objects.count()) == (old, 2)


def test_late_money_for_a_plate_that_has_another_permit_now_takes_no_place(resident: User, vehicle: Vehicle) -> None:
    late = make_permit(resident, make_window(), at=timezone.now() - HOUR)
    assert release_lapsed_holds() == 1
    reserve_permit(resident, window=make_window(), vehicles=[vehicle])
    assert payable_for(late.charge).recover(late.charge, timezone.now()) is False


def test_month_is_not_renewed_over_another_permit_of_the_plate(resident: User, vehicle: Vehicle) -> None:
    permit = make_permit(resident, make_window(valid_before=today() + 3 * DAY))
    payable_for(permit.charge).on_settled(permit.charge, timezone.now())
    Permit.objects.filter(pk=permit.pk).update(rollover=True)
    make_stored_card(resident)
    after = make_window(valid_from=today() + 3 * DAY, valid_before=today() + 33 * DAY)
    reserve_permit(resident, window=after, vehicles=[vehicle])
    with pytest.raises(PermitRefused) as refused:
        open_term(permit.pk, at=timezone.now())
    assert refused.value.code == "same-plate"


def test_merge_of_people_who_have_a_permit_of_one_plate_each_is_refused_in_words(
    resident: User, vehicle: Vehicle, staff: User
) -> None:
    other = make_user()
    VehicleOwner.objects.create(user=other, vehicle=vehicle)
    first = make_permit(resident, make_window())
    reserve_permit(other, window=make_window(), vehicles=[vehicle])
    words = "Both have a permit for the same plate at the same time. Cancel one of them first."
    assert refusals(resident, other, by=staff) == [words]
    Permit.objects.filter(pk=first.pk).update(state="cancelled")
    merge_users(resident, other, by=staff)
    assert set(Permit.objects.values_list("holder", flat=True)) == {resident.pk}


@pytest.mark.rule(17)
@on_postgresql
@pytest.mark.parametrize("change", ["plates", "state", "holder", "days"])
def test_database_refuses_what_goes_around_the_services(resident: User, vehicle: Vehicle, change: str) -> None:
    make_permit(resident, make_window())
    other_person = make_user() if change == "holder" else resident
    plate = vehicle if change in ("state", "holder", "days") else make_vehicle(resident)
    window = (
        make_window(valid_from=today() + 40 * DAY, valid_before=today() + 60 * DAY)
        if change == "days"
        else make_window()
    )
    second = bare_permit(other_person, window, state="cancelled" if change == "state" else "active")
    PermitVehicle.objects.bulk_create([PermitVehicle(permit=second, vehicle=plate)])
    permits = Permit.objects.filter(pk=second.pk)
    going_around: Callable[[], object] = {
        "plates": partial(PermitVehicle.objects.filter(permit=second).update, vehicle=vehicle),
        "state": partial(permits.update, state="active"),
        "holder": partial(permits.update, holder=resident),
        "days": partial(permits.update, valid_from=today()),
    }[change]
    with pytest.raises(IntegrityError, match="permit_plate_once"), transaction.atomic():
        going_around()
    Permit.objects.exclude(pk=second.pk).update(state="released")
    going_around()


def bare_permit(user: User, window: SalesWindow, *, state: str) -> Permit:
    """A permit written without the service, and without plates."""
    permit = Permit(
        holder=user,
        lot=window.permit_type.lot,
        permit_type=window.permit_type,
        window=window,
        serial=1,
        number=f"BARE-{window.pk}",
        valid_from=window.valid_from,
        valid_before=window.valid_before,
        charge=make_charge(user, kind="permit"),
        state=state,
    )
    Permit.objects.bulk_create([permit])
    return permit


@pytest.mark.parametrize(
    ("rule", "ticket", "refused"),
    [
        ("none", {"due_on": NOON.date() - DAY}, False),
        ("overdue", {"due_on": NOON.date() - DAY}, True),
        ("overdue", {"due_on": NOON.date()}, False),
        ("owed", {"due_on": NOON.date()}, True),
        ("owed", {"due_on": NOON.date(), "blocked": "Under review"}, False),
        ("owed", {"due_on": NOON.date(), "kind": "locker"}, False),
    ],
)
def test_tickets_block_new_permits_as_the_office_says(
    rule: str, ticket: dict[str, Any], refused: bool, resident: User
) -> None:
    change_office(fines_block_permits=rule)
    charge = make_charge(resident, due_on=ticket["due_on"], kind=ticket.get("kind", "violation"))
    Charge.objects.filter(pk=charge.pk).update(blocked=ticket.get("blocked", ""))
    if not refused:
        refuse_debts(resident, at=NOON)
        return
    with pytest.raises(PermitRefused) as refusal:
        refuse_debts(resident, at=NOON)
    assert (
        str(refusal.value) == f"{charge.description} is not paid. Pay it under Violations, then you can get a permit."
    )


def test_permit_type_asks_for_a_form_that_the_office_has_approved(resident: User, staff: User) -> None:
    form, window = make_form(name="Application"), make_window()
    PermitType.objects.filter(pk=window.permit_type_id).update(needs_form=form)
    make_vehicle(resident)
    submission = make_submission(form, resident)
    with pytest.raises(PermitRefused) as refusal:
        make_permit(resident, window)
    assert (refusal.value.code, "the form “Application”, approved by the office" in str(refusal.value)) == (
        "form",
        True,
    )
    assert [reason.code for sold in explain_sale(resident, window.permit_type.lot).sold for reason in sold.reasons] == [
        "form"
    ]
    decide_submission(submission, decision="approved", comment="", by=staff)
    assert make_permit(resident, window).holder == resident
