"""Office searches find by the beginning, and PostgreSQL answers them from indexes."""

from collections.abc import Iterable
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model, QuerySet
from django.test import RequestFactory

from accounts.finding import people_found
from accounts.models import Mail, User
from opscom.lib.finding import FindingAdmin
from payments.models import Charge, LedgerEntry, Payment, ProviderEvent, Receipt
from permits.models import Permit
from tests.factories import make_checkout, make_permit, make_user, make_vehicle, make_violation
from tests.payments.conftest import begin, pay_at_provider
from vehicles.models import Vehicle
from violations.models import Violation

pytestmark = pytest.mark.django_db
LISTS: list[type[Model]] = [
    User,
    Mail,
    Vehicle,
    Permit,
    Violation,
    Payment,
    Charge,
    LedgerEntry,
    Receipt,
    ProviderEvent,
]


def search(model: type[Model], term: str) -> QuerySet[Any]:
    """What the office's list finds."""
    found, doubled = admin.site.get_model_admin(model).get_search_results(
        RequestFactory().get("/"), model._default_manager.all(), term
    )
    assert not doubled
    return found


def keys(rows: Iterable[Any]) -> set[int]:
    return {row.pk for row in rows}


@pytest.mark.parametrize(
    "term", ["reyes", "REYES", "Dana", "dana rey", "Reyes, Dana", "dana.r", "519-555-0199", "+15195550199", "S-100"]
)
def test_people_are_found_by_name_address_telephone_and_number(term: str) -> None:
    wanted = make_user(
        email="dana.reyes@example.test",
        first_name="Dana",
        last_name="Reyes",
        phone="+15195550199",
        organisation_number="S-10044",
    )
    make_user(first_name="Reinhold", last_name="Danforth", phone="+15195550111")
    assert keys(search(User, term)) == {wanted.pk}
    assert list(people_found(term).values_list("pk", flat=True)) == [wanted.pk]


@pytest.mark.parametrize("term", ["xqrt-418", "XQRT 418", "xqrt", " XQRT   418 "])
def test_plates_are_found_as_they_are_typed(term: str) -> None:
    user = make_user()
    car, ticket = make_vehicle(user, plate="XQRT418"), make_violation(plate="XQRT418")
    permit = make_permit(user)
    permit.plates.all().delete()
    permit.plates.create(vehicle=car)
    make_vehicle(plate="BVLP902")
    make_violation(plate="BVLP902")
    make_permit()
    assert keys(search(Vehicle, term)) == {car.pk}
    assert keys(search(Violation, term)) == {ticket.pk}
    assert keys(search(Permit, term)) == {permit.pk}


def test_money_is_found_by_receipt_reference_and_payer() -> None:
    payer = make_user(email="mo@example.test", first_name="Mo", last_name="Tremblay")
    payment = begin(make_checkout([make_permit(payer).charge], payer), email=payer.email)
    pay_at_provider(payment)
    from payments.services.attempts import resolve_payment

    payment = resolve_payment(payment)
    begin(make_checkout([make_permit().charge]))
    for term in (payment.code, payment.provider_ref, payment.receipt.number, "mo@exam", "tremblay"):
        assert keys(search(Payment, term)) == {payment.pk}, term
    assert keys(search(Receipt, payment.receipt.code.lower())) == {payment.receipt.pk}
    assert keys(search(LedgerEntry, payment.code)) == keys(payment.entries.all())
    assert keys(search(Charge, "Mo Trem")) == keys(Charge.objects.filter(payer=payer))


@pytest.mark.parametrize("model", LISTS)
def test_blank_search_shows_all_and_an_unknown_word_nothing(model: type[Model]) -> None:
    make_permit()
    assert search(model, "  ").count() == model._default_manager.count()
    assert search(model, "zzzzzz").count() == 0


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the indexes of patterns are PostgreSQL's")
@pytest.mark.parametrize("model", LISTS)
def test_no_part_of_a_search_reads_a_whole_table(model: type[Model]) -> None:
    """With sequential scans made dear, PostgreSQL takes one only where no index fits."""
    office = admin.site.get_model_admin(model)
    assert isinstance(office, FindingAdmin)
    User.objects.bulk_create(User(email=f"p{n}@example.test", last_name=f"Number{n}") for n in range(400))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_user")  # of an empty table every index costs the same
        for way in ("seqscan", "hashjoin", "mergejoin"):  # what small tables tempt it to
            cursor.execute(f"SET LOCAL enable_{way} = off")
    for condition in office.find("XQRT418"):
        plan = model._default_manager.filter(condition).order_by().values("pk").explain()
        assert "Seq Scan" not in plan, f"{condition}: {plan}"
        filters = "".join(line for line in plan.splitlines() if "Filter: " in line)  # a bitmap tells them a second time
        assert filters.count(" ~~ '") == plan.count(" ~>=~ '"), f"a beginning that no index knows, {condition}: {plan}"
