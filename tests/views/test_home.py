"""Home: what it shows of a person, and with how many queries."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from permits.models import Permit, PermitVehicle
from tests.accounts.office import SETTINGS_READ
from tests.factories import fit, make_offer, make_permit, make_user, make_vehicle, make_violation
from violations.models import Violation

pytestmark = pytest.mark.django_db
QUERIES = 8 + SETTINGS_READ


@pytest.fixture
def user(client: Client) -> User:
    """Somebody who is logged in and has looked at Home before."""
    user = make_user()
    client.force_login(user)
    client.get("/home/")
    return user


def _active(user: User) -> Permit:
    permit = make_permit(user)
    Permit.objects.filter(pk=permit.pk).update(state=Permit.State.ACTIVE)
    return permit


@pytest.mark.parametrize("rows", [1, 3])
def test_home_takes_as_many_queries_with_many_rows(
    client: Client, user: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows):
        make_violation(make_vehicle(user))
        _active(user)
    client.get("/home/")
    with django_assert_num_queries(QUERIES):
        response = client.get("/home/")
    assert len(response.context["violations"]) == len(response.context["permits"]) == rows
    assert response.context["to_pay"] == 2 * rows  # tickets, and the charges of the permits


def test_home_of_somebody_new_asks_for_no_tickets(
    client: Client, user: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(QUERIES - 1):
        response = client.get("/home/")
    assert response.context["violations"] == response.context["permits"] == response.context["vehicles"] == []


def test_home_shows_each_permit_once_with_the_plates_in_force(client: Client, user: User) -> None:
    permit, at = _active(user), timezone.now()
    PermitVehicle.every.filter(permit=permit).delete()
    first, second, gone, later = (make_vehicle(plate=plate) for plate in ("AAA111", "BBB222", "CCC333", "DDD444"))
    hour = timedelta(hours=1)
    for vehicle in (second, first):
        PermitVehicle.every.create(permit=permit, vehicle=vehicle, from_at=at - hour)
    PermitVehicle.every.create(permit=permit, vehicle=gone, from_at=at - 2 * hour, until_at=at - hour)
    PermitVehicle.every.create(permit=permit, vehicle=later, from_at=at + hour)
    bare = _active(user)
    PermitVehicle.every.filter(permit=bare).delete()
    permits = client.get("/home/").context["permits"]
    assert {one.pk: [car.plate for car in one.cars] for one in permits} == {
        permit.pk: ["BBB222", "AAA111"],
        bare.pk: [],
    }


def test_home_shows_nothing_of_others(client: Client, user: User) -> None:
    other = make_user()
    make_violation(make_vehicle(other))
    _active(other)
    context = client.get("/home/").context
    assert [context[name] for name in ("violations", "permits", "vehicles", "offers", "boots", "payable")] == [[]] * 6


def test_home_forgets_a_ticket_that_is_no_longer_owed(client: Client, user: User) -> None:
    violation = make_violation(make_vehicle(user))
    assert client.get("/home/").context["violations"] == [violation]
    Violation.objects.filter(pk=violation.pk).update(state=Violation.State.PAID)
    assert client.get("/home/").context["violations"] == []


def test_home_asks_for_boots_and_offered_places_once_there_are_some(
    client: Client, user: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    boot, offer = fit(make_violation(make_vehicle(user))), make_offer(user=user)
    client.get("/home/")
    with django_assert_num_queries(QUERIES + 2):
        context = client.get("/home/").context
    assert context["boots"] == [boot]
    assert context["offers"] == [offer]
