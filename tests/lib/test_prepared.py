"""Queries that are put together once: what they find is what their queryset finds, whatever comes after the first call."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from accounts.models import User
from opscom.lib.office import office
from opscom.lib.prepared import Prepared, prepared
from permits.models import Lot
from tests.factories import make_lot, make_permit, make_user, make_vehicle
from tests.together import all_at_once
from vehicles.models import Vehicle, VehicleOwner

pytestmark = pytest.mark.django_db
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL keeps plans")


@prepared
def owned(user: Any) -> QuerySet[VehicleOwner]:
    return VehicleOwner.objects.filter(user=user).select_related("vehicle", "user").order_by("pk")


@prepared
def of_plates(plates: list[str]) -> QuerySet[Vehicle]:
    return Vehicle.objects.filter(plate__in=plates).order_by("plate")


@prepared
def people_joined(day: date, at: datetime, name: str) -> QuerySet[User]:
    cars = VehicleOwner.objects.filter(user=OuterRef("pk"), user__date_joined__lt=at).order_by()
    number = cars.values("user").annotate(n=Count("pk")).values("n")
    return (
        User.objects.filter(Q(date_joined__date=day) | Q(date_joined__gte=at), ~Q(first_name=name))
        .annotate(cars=Subquery(number), has_any=Exists(cars), said=Value("yes"))
        .order_by("email")
    )


def same(query: Prepared[Any], *arguments: Any, **shape: Any) -> list[Any]:
    """Its rows, once they are compared with those of the queryset, column by column, what came along with them included."""
    found, wanted = query(*arguments, **shape), list(query.queryset(*arguments, **shape))
    assert [_columns(row) for row in found] == [_columns(row) for row in wanted]
    return found


def _columns(row: Any) -> Any:
    if not hasattr(row, "_state"):
        return row
    related = {name: _columns(value) for name, value in row._state.fields_cache.items()}
    return {name: value for name, value in vars(row).items() if name != "_state"} | {"related": related}


def test_prepared_finds_what_the_queryset_finds_for_everybody() -> None:
    ada, kim = make_user(), make_user()
    mine = make_vehicle(ada)
    assert [link.vehicle for link in same(owned, ada)] == [mine]
    assert same(owned, kim) == []
    theirs = make_vehicle(kim)
    assert [link.vehicle for link in same(owned, kim)] == [theirs]
    assert [link.vehicle for link in same(owned, ada.pk)] == [mine]


def test_prepared_is_put_together_once_and_asked_every_time() -> None:
    user = make_user()
    built: list[Any] = []

    @prepared
    def counted(user: Any) -> QuerySet[VehicleOwner]:
        built.append(user)
        return VehicleOwner.objects.filter(user=user).select_related("vehicle")

    assert counted(user) == []
    make_vehicle(user)
    with CaptureQueriesContext(connection) as queries:
        assert len(counted(user)) == 1
        assert len(counted(user)) == 1
    assert len(queries) == 2
    assert len(built) == 1


def test_prepared_follows_the_length_of_lists() -> None:
    plates = [make_vehicle(plate=plate).plate for plate in ("AAA111", "BBB222", "CCC333")]
    for few in (plates, plates[:1], plates[1:], [*plates, "DDD444"]):
        assert [car.plate for car in same(of_plates, few)] == [plate for plate in few if plate != "DDD444"]
    assert of_plates([]) == []


def test_prepared_follows_days_moments_and_subqueries() -> None:
    long_ago = datetime(2020, 5, 6, 12, tzinfo=UTC)
    early, late = make_user(first_name="Ada"), make_user(first_name="Kim")
    User.objects.filter(pk=early.pk).update(date_joined=long_ago)
    make_vehicle(early)
    make_vehicle(late)
    soon = timezone.now() + timedelta(days=1)
    assert [user.pk for user in same(people_joined, long_ago.date(), soon, "Lou")] == [early.pk]
    assert same(people_joined, long_ago.date(), soon, "Lou")[0].cars == 1
    assert same(people_joined, long_ago.date(), soon, "Ada") == []
    both = same(people_joined, long_ago.date(), late.date_joined, "Lou")
    assert [(user.cars, user.has_any) for user in both] == [(1, True), (None, False)]


def test_prepared_follows_the_language() -> None:
    first, second = make_lot(name_en="A", name_fr="Z"), make_lot(name_en="B", name_fr="Y")
    by_name = prepared(lambda keys: Lot.objects.filter(pk__in=keys).order_by("name"))
    keys = [first.pk, second.pk]
    for language, wanted in (("en", [first, second]), ("fr", [second, first]), ("en", [first, second])):
        with override(language):
            assert same(by_name, keys) == wanted


def test_prepared_takes_nothing_as_a_form_of_its_own() -> None:
    of_group = prepared(lambda group: Lot.objects.filter(group=group).order_by("pk"))
    lot = make_lot()
    assert same(of_group, None) == [lot]
    assert same(of_group, 7) == []
    assert same(of_group, None) == [lot]


def test_prepared_takes_what_decides_the_form_by_keyword() -> None:
    ada = make_user()
    make_vehicle(ada)

    @prepared
    def cars(user: Any, *, active: bool) -> QuerySet[VehicleOwner]:
        links = VehicleOwner.objects.filter(user=user)
        return links.filter(active=True) if active else links

    VehicleOwner.objects.update(active=False)
    assert len(same(cars, ada, active=False)) == 1
    assert same(cars, ada, active=True) == []


def test_prepared_answers_columns_and_unions() -> None:
    permit = make_permit()

    @prepared
    def numbers(holder: Any, lot: Any) -> QuerySet[Any, Any]:
        one = permit.__class__.objects.order_by().filter(holder=holder).values_list("number", "lot")
        return one.union(permit.__class__.objects.order_by().filter(lot=lot).values_list("code", "lot"), all=True)

    assert sorted(same(numbers, permit.holder, permit.lot)) == sorted(
        [(permit.number, permit.lot_id), (permit.code, permit.lot_id)]
    )
    assert same(numbers, 0, 0) == []


@pytest.mark.parametrize("argument", [True, 1.5, b"x", object()])
def test_prepared_refuses_what_cannot_stand_in_a_query(argument: object) -> None:
    with pytest.raises(TypeError, match="keyword"):
        owned(argument)


def test_prepared_refuses_a_function_that_asks_its_argument() -> None:
    asking = prepared(lambda user: Lot.objects.filter(user_types=getattr(user, "user_type_id", None)))
    with pytest.raises(TypeError, match="user_type_id"):
        asking(make_user())


def test_prepared_puts_words_with_every_sign_into_the_query() -> None:
    odd = """100 %s, 5 %% of 'it', "that" %(a0)s"""
    user, other = make_user(first_name=odd), make_user()
    said = prepared(
        lambda key, name: User.objects.filter(first_name__in=[odd, name], pk=key).annotate(said=Value(odd, CharField()))
    )
    assert [row.said for row in same(said, user.pk, "Nobody")] == [odd]
    assert same(said, other.pk, "Nobody") == []
    assert same(said, other.pk, other.first_name) == [other]


def test_prepared_takes_small_and_large_numbers() -> None:
    user = make_user()
    bracket = prepared(lambda low, high: User.objects.filter(pk__gte=low, pk__lt=high))
    for _ in range(4):
        assert same(bracket, 0, 2**40) == [user]
        assert same(bracket, user.pk, user.pk) == []


@on_postgresql
def test_prepared_lets_postgresql_keep_one_plan_for_all_arguments() -> None:
    users = [make_user() for _ in range(6)]
    named = prepared(lambda user, name: User.objects.filter(Q(pk=user) | Q(pk=user, first_name=name)).only("email"))
    for user in users:
        assert [row.pk for row in named(user, "Kim")] == [user.pk]
    assert named(70_000_000_000, "Kim") == []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT statement FROM pg_prepared_statements WHERE statement LIKE %s", ['%"email"%"first_name" = $2%']
        )
        kept = [statement for (statement,) in cursor.fetchall()]
    assert len(kept) == 1
    assert set(re.findall(r"\$\d+::\w+", kept[0])) == {"$1::bigint", "$2::varchar"}


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_prepared_goes_on_where_a_migration_has_changed_a_column() -> None:
    user = make_user()
    make_vehicle(user, make="Honda")
    for _ in range(4):
        assert owned(user)[0].vehicle.make == "Honda"
    _change_column("text")
    try:
        assert owned(user)[0].vehicle.make == "Honda"
    finally:
        _change_column(str(Vehicle._meta.get_field("make").db_type(connection)))


def _change_column(kind: str) -> None:
    """By a connection of its own, as another process does."""
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute(f"ALTER TABLE vehicles_vehicle ALTER make TYPE {kind}")
    other.close()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite is given moments as words")
def test_prepared_refuses_a_function_that_looks_at_the_clock() -> None:
    hasty = prepared(lambda user: User.objects.filter(pk=user, date_joined__lt=timezone.now()))
    with pytest.raises(TypeError, match="clock"):
        hasty(make_user())


def test_prepared_refuses_a_function_that_reads_the_settings() -> None:
    choosy = prepared(lambda user: User.objects.filter(pk=user) if office().lockers_enabled else User.objects.none())
    with pytest.raises(TypeError, match="reads the office's settings"):
        choosy(make_user())
    assert office().pk == 1


@pytest.mark.django_db(transaction=True)
def test_prepared_uses_the_connection_of_its_own_thread() -> None:
    users = [make_user() for _ in range(4)]
    cars = [make_vehicle(user) for user in users]
    assert owned(users[0])
    found = all_at_once([lambda user=user: [link.vehicle_id for link in owned(user)] for user in users])  # type: ignore[misc]
    assert found == [[car.pk] for car in cars]
