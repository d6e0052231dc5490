"""Park longer: the next permit begins where the one that runs ends, and both together cost what one would have."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from opscom.lib.office import office
from permits.errors import LotFull, PermitRefused
from permits.models import Permit, PermitType
from permits.services.cancel import quote_cancellation
from permits.services.extending import extend_temporary, quote_extension
from permits.services.reserve import release_lapsed_holds
from tests.factories import (
    make_entry,
    make_lot,
    make_tax,
    make_temporary,
    make_temporary_type,
    make_user,
    make_vehicle,
    make_waitlist,
    make_window,
)

NOON = datetime(2026, 11, 21, 17, tzinfo=UTC)  # noon in Toronto
HOUR = timedelta(hours=1)
QUERIES = 14 + (not settings.REDIS_URL)  # without Redis the office's settings are a row


@pytest.fixture
def permit(resident: User) -> Permit:
    """Paid from 12:00 to 14:00, in a lot of one space: $2 an hour, $10 a day at most."""
    make_vehicle(resident, plate="CKRT418")
    return paid(make_temporary(resident, make_temporary_type(make_lot(spaces=1)), start=NOON, at=NOON))


def paid(permit: Permit) -> Permit:
    Permit.objects.filter(pk=permit.pk).update(state="active", held_until=None)
    return Permit.objects.select_related("holder", "lot", "permit_type__lot", "renews").get(pk=permit.pk)


def extend(permit: Permit, hours: float, expected: str, *, at: datetime = NOON + HOUR) -> Permit:
    assert permit.ends_at is not None
    until = permit.ends_at + hours * HOUR
    return extend_temporary(permit, until=until, expected=Decimal(expected), by=permit.holder, at=at)


def refused(permit: Permit, hours: float, *, at: datetime = NOON + HOUR) -> str:
    with pytest.raises(PermitRefused) as refusal:
        quote_extension(permit, until=permit.ends_at + hours * HOUR, at=at)  # type: ignore[arg-type,operator]
    return refusal.value.code


def test_extension_holds_the_place_from_the_end_on_at_the_same_rates(permit: Permit) -> None:
    new = extend(permit, 2, "4.00")
    assert (new.starts_at, new.ends_at, new.renews, new.state) == (
        permit.ends_at,
        NOON + 4 * HOUR,
        permit,
        "held",
    )
    assert (new.charge.amount, list(new.vehicles.all())) == (Decimal("4.00"), list(permit.vehicles.all()))
    assert extend(permit, 2, "4.00") == new
    assert refused(permit, 3) == "extended"


def test_extensions_together_cost_what_one_permit_would_have(permit: Permit) -> None:
    make_tax(rate="10")
    second = paid(extend(permit, 2, "4.40"))
    third = paid(extend(second, 2, "2.20"))  # the day costs $10 at most
    charged = third.charge.amount
    fourth = extend(third, 2, "0.00")
    assert (charged, fourth.pk, fourth.ends_at, fourth.state) == (
        Decimal("2.20"),
        third.pk,
        NOON + 8 * HOUR,
        "active",
    )
    assert list(fourth.events.values_list("reason", flat=True)) == ["", "extended"]


def test_permit_that_was_extended_is_not_cancelled_before_its_extension(permit: Permit) -> None:
    early = NOON - HOUR
    extend(permit, 1, "2.00", at=early)
    with pytest.raises(PermitRefused) as refusal:
        quote_cancellation(permit, at=early)
    assert refusal.value.code == "extended"


def test_extension_that_is_not_paid_lapses_and_may_be_made_again(permit: Permit) -> None:
    first = extend(permit, 1, "2.00")
    release_lapsed_holds(at=NOON + 1.5 * HOUR)
    again = extend(permit, 2, "4.00", at=NOON + 1.5 * HOUR)
    assert (Permit.objects.get(pk=first.pk).state, again.state) == ("released", "held")


@pytest.mark.parametrize(("hours", "code"), [(0, "backwards"), (0.1, "step"), (24 * 30, "long")])
def test_extension_keeps_the_rules_of_every_temporary_permit(permit: Permit, hours: float, code: str) -> None:
    assert refused(permit, hours) == code


def test_extension_of_what_is_not_running_is_refused(permit: Permit) -> None:
    assert refused(permit, 1, at=NOON + 2 * HOUR) == "over"
    Permit.objects.update(state="held", held_until=NOON + 2 * HOUR)
    permit.refresh_from_db()
    assert refused(permit, 1) == "over"


def test_extension_is_refused_where_others_have_or_wait_for_the_place(permit: Permit) -> None:
    paid(make_temporary(make_user(), permit.permit_type, start=NOON + 3 * HOUR, at=NOON))
    with pytest.raises(LotFull):
        extend(permit, 2, "4.00")
    assert extend(permit, 1, "2.00").state == "held"
    waited = make_lot(spaces=2)
    other = paid(make_temporary(make_user(), make_temporary_type(waited), start=NOON, at=NOON))
    paid(make_temporary(make_user(), other.permit_type, start=NOON + 2 * HOUR, at=NOON))
    make_entry(make_waitlist(make_window(waited, at=NOON), automatic=False))
    assert refused(other, 1) == "queue"


def test_extension_does_not_wait_for_its_own_place_to_rest(permit: Permit) -> None:
    PermitType.objects.update(buffer_minutes=30)
    permit.permit_type.refresh_from_db()
    assert extend(permit, 1, "2.00").state == "held"


def test_extension_is_refused_where_the_same_plate_has_a_permit_later(permit: Permit) -> None:
    permit.lot.spaces = 2
    permit.lot.save()
    paid(make_temporary(permit.holder, permit.permit_type, start=NOON + 3 * HOUR, at=NOON))
    assert refused(permit, 2) == "same-plate"


def test_extension_at_another_price_than_was_seen_is_refused(permit: Permit) -> None:
    with pytest.raises(PermitRefused) as refusal:
        extend(permit, 2, "3.00")
    assert (refusal.value.code, Permit.objects.count()) == ("changed", 1)


@pytest.fixture
def running(resident: User) -> Permit:
    """One that runs now, for another hour or two."""
    make_vehicle(resident, plate="CKRT418")
    start = timezone.now().replace(minute=0, second=0, microsecond=0)
    permit_type = make_temporary_type(make_lot(name="By the gate"), daily=None)
    return paid(make_temporary(resident, permit_type, start=start, at=start))


def address(permit: Permit) -> str:
    return reverse("permits:extend", args=[permit.code])


def test_extend_is_offered_on_home_and_on_the_permit_with_the_time_that_is_left(
    resident_client: Client, running: Permit
) -> None:
    for path in ("/home/", reverse("permits:detail", args=[running.code])):
        page = resident_client.get(path).content.decode()
        assert (f'href="{address(running)}"' in page, 'data-words="{time} left"' in page) == (True, True)
    resident_client.post(address(running), {"hours": "1", "expected": "2.00"})
    page = resident_client.get(reverse("permits:detail", args=[running.code])).content.decode()
    assert (address(running) in page, Permit.objects.get(renews=running).number in page) == (False, True)


def test_extend_shows_the_price_then_holds(resident_client: Client, running: Permit) -> None:
    assert "Hours more" in resident_client.get(address(running)).content.decode()
    page = resident_client.get(address(running), {"hours": "2"}).content.decode()
    assert ("A place is free" in page, "$4.00" in page, "Extend the permit" in page) == (True, True, True)
    answer = resident_client.post(address(running), {"hours": "2", "expected": "4.00"}, follow=True)
    assert answer.redirect_chain == [("/payments/", 302)]
    assert Permit.objects.get(renews=running).ends_at == running.ends_at + 2 * HOUR  # type: ignore[operator]


@pytest.mark.parametrize(
    ("hours", "said"),
    [("", "Choose how many hours you park"), ("0.1", "Times go in steps of"), ("900", "days at most")],
)
def test_extend_says_what_is_wrong_at_the_hours(
    resident_client: Client, running: Permit, hours: str, said: str
) -> None:
    page = resident_client.get(address(running), {"hours": hours}).content.decode()
    assert (said in page, "A place is free" in page) == (True, False)


def test_extend_for_nothing_ends_later_at_once(resident_client: Client, running: Permit) -> None:
    PermitType.objects.update(daily=Decimal("4.00"))
    page = resident_client.get(address(running), {"hours": "2"}).content.decode()
    assert "What you paid covers this time, too." in page
    answer = resident_client.post(address(running), {"hours": "2", "expected": "0.00"}, follow=True)
    assert "Your permit ends later now. Nothing is to be paid for it." in answer.content.decode()


def test_extend_what_is_over_or_by_the_day_leads_back(resident_client: Client, running: Permit) -> None:
    Permit.objects.update(starts_at=running.starts_at - 9 * HOUR, ends_at=running.starts_at - HOUR)  # type: ignore[operator]
    answer = resident_client.get(address(running), follow=True)
    assert "Only a paid temporary permit that has not ended can be extended." in answer.content.decode()
    assert resident_client.get(address(make_temporary())).status_code == 404


def test_extend_takes_so_many_queries(
    resident_client: Client, running: Permit, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    office()
    with django_assert_max_num_queries(QUERIES):
        resident_client.get(address(running), {"hours": "2"})
