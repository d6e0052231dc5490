"""Permits that are sold only beside another one: charging with a place in the red or yellow zone."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Mail, User
from opscom.lib.dates import Period, today
from opscom.lib.states import change_state
from permits.errors import PermitRefused
from permits.models import LotGroup, Permit, PermitType, SalesWindow
from permits.services import runs
from permits.services.activation import activate_permit
from permits.services.exchange import exchange_permit, quote_exchange
from permits.services.needed_permits import refuse_without_other
from permits.services.offers import find_offer
from permits.services.passing import pass_on
from permits.services.reserve import reserve_permit
from permits.services.standing import explain_sale
from permits.services.visitors.booking import book_visit
from permits.services.waitlists.offering import offer_places
from tests.factories import (
    make_entry,
    make_hours,
    make_lot,
    make_permit,
    make_stored_card,
    make_temporary,
    make_temporary_type,
    make_user,
    make_vehicle,
    make_waitlist,
    make_window,
)
from tests.payments.bank import Books
from tests.payments.refunding import paid_by_card
from tests.payments.vault import Machine

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def zones() -> LotGroup:
    return LotGroup.objects.create(name="Red and yellow")


@pytest.fixture
def red(zones: LotGroup) -> SalesWindow:
    return make_window(make_lot(name="Red", group=zones), price="88.00")


@pytest.fixture
def green(zones: LotGroup) -> SalesWindow:
    window = make_window(make_lot(name="Green", spaces=1), price="20.00")
    window.permit_type.needs_group = zones
    window.permit_type.save()
    return window


def paid(user: User, window: SalesWindow) -> Permit:
    permit = make_permit(user, window)
    activate_permit(permit, at=timezone.now())
    return permit


def try_green(user: User, green: SalesWindow) -> str:
    """What comes of wanting one, for a second car: its state, or the word of the refusal."""
    try:
        return str(reserve_permit(user, window=green, vehicles=[make_vehicle(user)]).state)
    except PermitRefused as refusal:
        return refusal.code


def test_only_who_has_paid_the_other_permit_gets_one(red: SalesWindow, green: SalesWindow) -> None:
    without, held, has = make_user(), make_user(), make_user()
    make_permit(held, red)
    paid(has, red)
    assert [try_green(user, green) for user in (without, held, has)] == ["needs-other", "needs-other", "held"]
    assert Permit.objects.get(holder=has, permit_type=green.permit_type).charge.amount == Decimal(20)


def test_the_other_one_holds_on_the_first_day(red: SalesWindow, green: SalesWindow, resident: User) -> None:
    permit = paid(resident, red)
    ends = permit.valid_before
    first, last = permit.valid_from, ends - DAY
    for day in (first, last):
        refuse_without_other(resident, green.permit_type, day=day)
    for day in (first - DAY, ends):
        with pytest.raises(PermitRefused):
            refuse_without_other(resident, green.permit_type, day=day)
    Permit.objects.filter(pk=permit.pk).update(rollover=True)
    refuse_without_other(resident, green.permit_type, day=ends)
    with pytest.raises(PermitRefused):
        refuse_without_other(resident, green.permit_type, day=ends + DAY)


def test_neither_one_of_its_own_nor_one_that_ended_counts(
    zones: LotGroup, red: SalesWindow, green: SalesWindow, resident: User
) -> None:
    permit = paid(resident, red)
    change_state(permit, "cancel", reason="moved")
    assert try_green(resident, green) == "needs-other"
    green.permit_type.lot.group = zones
    green.permit_type.lot.save()
    green.permit_type.needs_group = None
    green.permit_type.save()
    paid(resident, green)
    green.permit_type.needs_group = zones
    green.permit_type.save()
    with pytest.raises(PermitRefused):
        refuse_without_other(resident, green.permit_type, day=today())


def test_it_is_not_exchanged_for_the_very_permit_that_it_needs(
    red: SalesWindow, green: SalesWindow, resident: User
) -> None:
    permit = paid(resident, red)
    refuse_without_other(resident, green.permit_type, day=today())
    with pytest.raises(PermitRefused) as refused:
        refuse_without_other(resident, green.permit_type, day=today(), apart_from=permit)
    assert refused.value.code == "needs-other"
    assert str(refused.value).startswith("This permit is sold only with a paid permit for Red and yellow")


def test_buyer_and_office_read_it(client: Client, red: SalesWindow, green: SalesWindow, resident: User) -> None:
    make_vehicle(resident)
    User.objects.filter(pk=resident.pk).update(permit_disclaimer_at=timezone.now())
    client.force_login(resident)
    page = client.get(f"/permits/reserve/{green.code}/").content.decode()
    assert "It is sold only with a paid permit for Red and yellow." in page
    (sold,) = explain_sale(resident, green.permit_type.lot).sold
    assert [reason.code for reason in sold.reasons] == ["needs-other"]
    paid(resident, red)
    (sold,) = explain_sale(resident, green.permit_type.lot).sold
    assert "needs-other" not in [reason.code for reason in sold.reasons]


def charging(user: User, green: SalesWindow) -> Permit:
    """A paid permit of its own car."""
    permit = reserve_permit(user, window=green, vehicles=[make_vehicle(user)])
    activate_permit(permit, at=timezone.now())
    return permit


def rolling(*permits: Permit) -> None:
    """They end in two days and renew themselves."""
    Permit.objects.filter(pk__in=[permit.pk for permit in permits]).update(
        rollover=True, valid_before=today() + 2 * DAY
    )


def test_month_is_added_only_beside_one_that_goes_on(
    red: SalesWindow, green: SalesWindow, resident: User, vault: Machine
) -> None:
    zone, beside = paid(resident, red), charging(resident, green)
    rolling(zone, beside)
    make_stored_card(resident, provider="vault", primary=True)
    PermitType.objects.filter(pk=red.permit_type_id).update(active=False)
    assert [runs.renew(permit.pk, at=timezone.now())[0] for permit in (zone, beside)] == ["skipped", "skipped"]
    assert (vault.money, Permit.objects.get(pk=beside.pk).terms.count()) == (Decimal(0), 0)
    assert (
        "only with a paid permit for Red and yellow" in Mail.objects.filter(kind="rollover_stopped").latest("pk").text
    )
    PermitType.objects.filter(pk=red.permit_type_id).update(active=True)
    assert [runs.renew(permit.pk, at=timezone.now())[0] for permit in (zone, beside)] == ["renewed", "renewed"]


def test_run_renews_what_is_sold_beside_another_one_last(
    red: SalesWindow, green: SalesWindow, resident: User, vault: Machine
) -> None:
    first = paid(resident, red)
    beside = charging(resident, green)
    change_state(first, "cancel", reason="another car")
    zone = charging(resident, make_window(make_lot(name="Yellow", group=red.permit_type.lot.group)))
    rolling(zone, beside)
    make_stored_card(resident, provider="vault", primary=True)
    assert [line.permit for line in runs.rehearse().good] == [zone, beside]
    Permit.objects.filter(pk=zone.pk).update(rollover=False)
    assert [line.problem for line in runs.rehearse().lines] == ["needs-other"]
    rolling(zone)
    run = runs.start_run(by=None)
    runs.go_on(run)
    assert list(run.items.values_list("permit", "outcome")) == [(zone.pk, "renewed"), (beside.pk, "renewed")]


def test_exchange_for_it_leaves_the_other_permit_out(
    red: SalesWindow, green: SalesWindow, resident: User, bank: Books
) -> None:
    permit = make_permit(resident, red)
    paid_by_card([permit.charge], resident)
    permit = Permit.objects.select_related("charge", "holder").get(pk=permit.pk)
    difference = quote_exchange(permit, window=green).difference
    with pytest.raises(PermitRefused) as refused:
        exchange_permit(permit, window=green, expected=difference, by=resident)
    assert (refused.value.code, Permit.objects.get().state) == ("needs-other", "active")


def test_it_is_passed_on_only_to_who_has_the_other_one(
    red: SalesWindow, green: SalesWindow, resident: User, staff: User
) -> None:
    paid(resident, red)
    permit, to = charging(resident, green), make_user()
    car = make_vehicle(to)
    with pytest.raises(PermitRefused) as refused:
        pass_on(permit, to=to, vehicles=[car], reason="Moved out", by=staff)
    assert refused.value.code == "needs-other"
    paid(to, red)
    assert pass_on(permit, to=to, vehicles=[make_vehicle(to)], reason="Moved out", by=staff).state == "active"


def test_temporary_ones_and_visits_need_it_too(zones: LotGroup, red: SalesWindow, resident: User, bank: Books) -> None:
    permit_type = make_temporary_type(takes_hours=True, needs_group=zones)
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    period = Period(start, start + timedelta(hours=2))
    paid_by_card([make_hours(resident).charge], resident)
    guest = make_vehicle()
    with pytest.raises(PermitRefused) as visit:
        book_visit(resident, permit_type=permit_type, vehicle=guest, period=period)
    with pytest.raises(PermitRefused) as temporary:
        make_temporary(resident, permit_type)
    assert (visit.value.code, temporary.value.code) == ("needs-other", "needs-other")
    paid(resident, red)
    assert book_visit(resident, permit_type=permit_type, vehicle=guest, period=period).state == "active"


def test_queue_and_office_look_at_the_first_day_of_what_is_sold(
    red: SalesWindow, green: SalesWindow, resident: User
) -> None:
    """The other permit ends before this one begins: nobody is asked for a place that they could not take."""
    ends = paid(resident, red).valid_before
    SalesWindow.objects.filter(pk=green.pk).update(valid_from=ends, valid_before=ends + 30 * DAY)
    waitlist = make_waitlist(green)
    make_entry(waitlist, resident)
    offer = find_offer(make_user(), green)
    assert offer is not None
    assert (offer.queued, offer_places(waitlist)) == (0, 0)
    (sold,) = explain_sale(resident, green.permit_type.lot).sold
    assert "needs-other" in [reason.code for reason in sold.reasons]
    Permit.objects.filter(holder=resident).update(rollover=True)
    (sold,) = explain_sale(resident, green.permit_type.lot).sold
    assert "needs-other" not in [reason.code for reason in sold.reasons]
    assert offer_places(waitlist) == 1


def test_who_could_not_take_it_holds_no_place_back(red: SalesWindow, green: SalesWindow, resident: User) -> None:
    waitlist = make_waitlist(green)
    entry = make_entry(waitlist, make_user())
    paid(resident, red)
    offer = find_offer(resident, green)
    assert offer is not None
    assert (offer.queued, offer_places(waitlist)) == (0, 0)
    paid(entry.user, red)
    offer = find_offer(resident, green)
    assert offer is not None
    assert (offer.queued, offer_places(waitlist)) == (1, 1)
