"""The office passes a permit on to another person, or swaps two: places change hands, money does not."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Mail, User, UserType
from opscom.lib.dates import today
from payments.models import Charge, LedgerEntry, Payment, Refund
from payments.models.payment import ReceivedAs
from payments.services.cheques import bounce_cheque
from payments.services.ledger_check import find_problems
from payments.services.promises import process_manually, promise_payment
from permits.capacity import occupancy
from permits.errors import PermitRefused
from permits.models import Permit, PermitNumber, PermitType, SalesWindow
from permits.services.bans import ban_person
from permits.services.cancel import quote_cancellation
from permits.services.passing import pass_on, swap
from permits.services.plate_check import check_plate
from tests.factories import (
    change_office,
    make_checkout,
    make_lot,
    make_permit,
    make_user,
    make_user_type,
    make_vehicle,
    make_window,
)
from tests.payments.refunding import paid_at_the_desk
from vehicles.models import Vehicle

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def bought(person: User, window: SalesWindow | None = None) -> Permit:
    permit = make_permit(person, window or make_window(make_lot(spaces=1)))
    paid_at_the_desk([permit.charge], person, received=str(permit.charge.amount))
    return again(permit)


def again(permit: Permit) -> Permit:
    return Permit.objects.select_related("holder", "lot", "charge", "replaces").get(pk=permit.pk)


def plates(permit: Permit) -> list[str]:
    return [link.vehicle.plate for link in permit.plates.select_related("vehicle")]


def passed(permit: Permit, to: User, staff: User, *, vehicles: list[Vehicle] | None = None) -> Permit:
    link = to.vehicle_links.select_related("vehicle").first()
    own = [link.vehicle if link else make_vehicle(to)]
    return pass_on(permit, to=to, vehicles=own if vehicles is None else vehicles, reason="Moved out", by=staff)


def test_place_is_the_other_persons_at_once_and_nobody_pays(resident: User, staff: User) -> None:
    old, to = bought(resident), make_user()
    money = list(LedgerEntry.objects.values_list("pk", flat=True))
    new = again(passed(old, to, staff))
    old = again(old)
    assert (old.state, new.state, new.holder, new.replaces) == ("cancelled", "active", to, old)
    assert (new.lot, new.window, new.period) == (old.lot, old.window, old.period)
    assert (new.charge.state, new.charge.amount, old.charge.state) == ("void", Decimal("0.00"), "settled")
    assert (list(LedgerEntry.objects.values_list("pk", flat=True)), Refund.objects.count()) == (money, 0)
    assert occupancy(new.permit_type, new.period).taken == 1
    assert [str(check_plate(plate, lot=new.lot).verdict) for plate in (plates(new)[0], plates(old)[0])] == [
        "covered",
        "unknown",
    ]
    assert find_problems() == []


def test_both_are_told_and_the_reason_is_in_both_histories(resident: User, staff: User) -> None:
    old, to = bought(resident), make_user()
    new = passed(old, to, staff)
    assert [(event.by, event.reason) for event in (old.events.latest("pk"), new.events.latest("pk"))] == [
        (staff, "passed on: Moved out")
    ] * 2
    giver, taker = Mail.objects.get(kind="permit_cancelled"), Mail.objects.get(kind="permit_exchanged")
    assert (giver.user, taker.user) == (resident, to)
    assert f"given the place of permit {old.number}, {old.lot}, to another person" in giver.text
    assert "No money was moved" in giver.text
    assert (taker.subject, "Nothing is owed for it." in taker.text) == (f"Permit {new.number} is yours", True)


def test_what_is_paid_back_later_is_not_the_new_holders(resident: User, staff: User) -> None:
    new = passed(bought(resident), make_user(), staff)
    assert quote_cancellation(again(new)).amount == Decimal("0.00")


def test_it_is_for_the_days_that_are_left_and_keeps_its_number_from_stock(resident: User, staff: User) -> None:
    window = make_window()
    PermitType.objects.filter(pk=window.permit_type_id).update(numbered=True)
    PermitNumber.objects.create(permit_type=window.permit_type, number="A-07")
    old = bought(resident, window)
    Permit.objects.filter(pk=old.pk).update(valid_from=today() - 5 * DAY)
    new = passed(old, make_user(), staff)
    assert (new.number, new.valid_from, new.valid_before) == ("A-07", today(), old.valid_before)


def test_two_people_swap_their_places_with_their_own_plates(resident: User, staff: User) -> None:
    other = make_user()
    one, two = bought(resident), bought(other)
    before = plates(one), plates(two)
    first, second = swap(one, two, reason="Closer to work", by=staff)
    assert [(permit.holder, permit.lot, plates(permit)) for permit in (first, second)] == [
        (other, one.lot, before[1]),
        (resident, two.lot, before[0]),
    ]
    assert [again(permit).state for permit in (one, two, first, second)] == ["cancelled"] * 2 + ["active"] * 2
    assert [mail.user for mail in Mail.objects.filter(kind="permit_exchanged").order_by("pk")] == [other, resident]
    assert (
        f"Permit {two.number} for {two.lot} is no longer valid"
        in Mail.objects.get(user=other, kind="permit_exchanged").text
    )
    assert find_problems() == []


def test_nobody_gets_by_a_swap_what_is_sold_to_others(staff: User) -> None:
    students, their = make_user_type(), make_window(make_lot(), price="20.00")
    their.user_types.add(students)
    one, two = bought(make_user(user_type=students), their), bought(make_user())
    with pytest.raises(PermitRefused) as refused:
        swap(one, two, reason="Closer to work", by=staff)
    assert (refused.value.code, again(one).state, again(two).state) == ("not-for-you", "active", "active")


def test_swap_within_one_window_is_no_second_permit_of_it(staff: User) -> None:
    window = make_window(make_lot(spaces=2))
    one, two = (bought(make_user(), window) for _n in range(2))
    first, second = swap(one, two, reason="Numbers mixed up", by=staff)
    assert (first.holder, second.holder) == (two.holder, one.holder)


def paid_by_cheque(person: User, staff: User) -> tuple[Permit, Payment]:
    permit = make_permit(person, make_window(make_lot(spaces=1), price="60.00"))
    promise = promise_payment(make_checkout([permit.charge], person), email="a@example.test")
    return permit, process_manually(promise, received=Decimal("60.00"), received_as=ReceivedAs.CHEQUE, by=staff)


def states(*permits: Permit) -> list[str]:
    return [again(permit).state for permit in permits]


@pytest.mark.rule(46)
def test_cheque_that_bounces_after_a_swap_suspends_its_payers_own_place(resident: User, staff: User) -> None:
    old, cheque = paid_by_cheque(resident, staff)
    theirs, mine = swap(again(old), bought(make_user()), reason="Closer to work", by=staff)
    bounced = bounce_cheque(cheque, by=staff)
    assert (mine.holder, states(theirs, mine), bounced.attention) == (resident, ["active", "suspended"], "")
    paid_at_the_desk([again(old).charge], resident, received="60.00")
    assert states(theirs, mine) == ["active", "active"]


@pytest.mark.rule(46)
def test_cheque_that_bounces_after_the_permit_was_passed_on_is_for_staff(resident: User, staff: User) -> None:
    change_office(staff_email="staff@example.test")
    old, cheque = paid_by_cheque(resident, staff)
    new = passed(again(old), make_user(), staff)
    bounced = bounce_cheque(cheque, by=staff)
    assert (states(old, new), Charge.objects.for_user(new.holder).to_pay().count()) == (["cancelled", "active"], 0)
    assert (bounced.attention, bounced.note) == ("bounced", again(old).charge.description)
    assert Mail.objects.filter(kind="attention", to="staff@example.test").count() == 1
    paid_at_the_desk([again(old).charge], resident, received="60.00")
    assert (states(old, new), find_problems()) == (["cancelled", "active"], [])


def ended(permit: Permit) -> None:
    Permit.objects.filter(pk=permit.pk).update(valid_from=today() - 3 * DAY, valid_before=today())


def held(permit: Permit) -> None:
    Permit.objects.filter(pk=permit.pk).update(state="held")


def renewed(permit: Permit) -> None:
    later = make_permit()
    Permit.objects.filter(pk=later.pk).update(renews=permit, holder=permit.holder)


@pytest.mark.parametrize(("spoil", "code"), [(ended, "over"), (held, "over"), (renewed, "renewed")])
def test_only_what_is_paid_and_runs_is_passed_on(
    resident: User, staff: User, spoil: Callable[[Permit], None], code: str
) -> None:
    permit = bought(resident)
    spoil(permit)
    with pytest.raises(PermitRefused) as refused:
        passed(permit, make_user(), staff)
    assert refused.value.code == code
    assert again(permit).state != "cancelled"


def banned(to: User, permit: Permit) -> None:
    ban_person(to, reason="Forged permit", months=0, by=make_user(is_staff=True))


def of_another_type(to: User, permit: Permit) -> None:
    permit.lot.user_types.add(UserType.objects.create(name="Staff only"))


def with_the_same_plate(to: User, permit: Permit) -> None:
    make_permit(to)


def with_a_full_household(to: User, permit: Permit) -> None:
    PermitType.objects.filter(pk=permit.permit_type_id).update(household_counts="all", household_most=1)
    make_permit(to)
    to.vehicle_links.all().delete()


def with_one_of_the_window(to: User, permit: Permit) -> None:
    Permit.objects.filter(pk=make_permit(to).pk).update(window=permit.window)
    to.vehicle_links.all().delete()


def of_another_type_than_the_window(to: User, permit: Permit) -> None:
    assert permit.window is not None
    permit.window.user_types.add(make_user_type())


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (of_another_type_than_the_window, "not-for-you"),
        (banned, "banned"),
        (of_another_type, "not-for-you"),
        (with_the_same_plate, "same-plate"),
        (with_one_of_the_window, "has-one"),
        (with_a_full_household, "household-full"),
    ],
)
def test_who_could_not_buy_it_does_not_get_it(
    resident: User, staff: User, spoil: Callable[[User, Permit], None], code: str
) -> None:
    permit, to = bought(resident), make_user()
    make_vehicle(to)
    spoil(to, permit)
    with pytest.raises(PermitRefused) as refused:
        passed(permit, to, staff)
    assert refused.value.code == code
    assert (again(permit).state, Permit.objects.filter(replaces=permit).count()) == ("active", 0)


def test_vehicle_of_somebody_else_or_none_is_refused(resident: User, staff: User) -> None:
    permit, to = bought(resident), make_user()
    for vehicles in ([], [make_vehicle(make_user())]):
        with pytest.raises(PermitRefused, match="Choose active vehicles"):
            passed(permit, to, staff, vehicles=vehicles)
    with pytest.raises(PermitRefused, match="has the permit already"):
        passed(permit, resident, staff)
    with pytest.raises(PermitRefused, match="of the same person"):
        swap(permit, bought(resident), reason="x", by=staff)


def test_nobody_at_the_office_gives_themselves_a_place(resident: User, staff: User) -> None:
    permit, own = bought(resident), bought(staff)
    for deed in (lambda: passed(permit, staff, staff), lambda: swap(permit, own, reason="x", by=staff)):
        with pytest.raises(PermitRefused, match="Somebody else must do it"):
            deed()
    assert [again(one).state for one in (permit, own)] == ["active", "active"]


def test_page_shows_what_would_happen_and_then_does_it(staff_client: Client, resident: User, staff: User) -> None:
    permit, to = bought(resident), make_user(first_name="Grace", last_name="Hall")
    vehicle = make_vehicle(to, plate="BVLP902")
    page = reverse("admin:permits_permit_pass_on", args=[permit.pk])
    assert "No money moves" in staff_client.get(page).content.decode()
    said = {"person": to.pk, "plate": "bvlp 902", "reason": "Moved out"}
    shown = staff_client.post(page, said).content.decode()
    assert [
        word for word in ("Grace Hall", f"in place of {permit.number}", "BVLP", permit.lot.name) if word not in shown
    ] == []
    assert (Permit.objects.count(), again(permit).state, Mail.objects.filter(kind="permit_exchanged").count()) == (
        1,
        "active",
        0,
    )
    answer = staff_client.post(page, said | {"confirmed": "yes"})
    new = Permit.objects.get(replaces=permit)
    assert answer.url == reverse("admin:permits_permit_change", args=[new.pk])  # type: ignore[attr-defined]
    assert (new.holder, plates(new), vehicle.plate) == (to, ["BVLP902"], "BVLP902")


def test_page_swaps_by_number_and_says_what_is_wrong(staff_client: Client, resident: User) -> None:
    permit, other = bought(resident), bought(make_user())
    page = reverse("admin:permits_permit_pass_on", args=[permit.pk])
    for said, words in (
        ({"reason": "x"}, "Choose a person, or give the number of the other permit."),
        ({"other": "NOPE-1", "reason": "x"}, "There is no valid permit with that number."),
        ({"other": other.number}, "Say why; it stands in the history of both permits."),
    ):
        assert words in staff_client.post(page, said).content.decode()
    staff_client.post(page, {"other": other.number.lower(), "reason": "Closer", "confirmed": "yes"})
    assert sorted(Permit.objects.filter(state="active").values_list("holder", "lot")) == sorted(
        [(other.holder_id, permit.lot_id), (permit.holder_id, other.lot_id)]
    )
    assert Charge.objects.filter(state="open").count() == 0
