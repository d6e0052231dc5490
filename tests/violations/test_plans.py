"""Tickets are found by indexes, and a list of a million counts no further than anybody leafs."""

from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext

from opscom.lib.finding import CappedPaginator
from tests.factories import make_violation
from tests.permits.test_plate_plans import plan_of
from violations.admin.tickets import ViolationAdmin
from violations.models import Violation
from violations.services.debts import of_same_plates
from violations.services.numbering import next_number
from violations.services.quick import found_before


def explained(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}")
        return "\n".join(line for (line,) in cursor.fetchall())


def found(term: str) -> QuerySet[Violation]:
    """What the office's search asks the database."""
    office = ViolationAdmin(Violation, None)  # type: ignore[arg-type]
    return office.get_search_results(None, Violation.objects.all(), term)[0]  # type: ignore[arg-type]


@pytest.mark.race  # SQLite tells plans in other words
@pytest.mark.django_db
def test_search_by_plate_and_number_and_the_look_for_a_twin_go_by_indexes() -> None:
    first = make_violation(plate="CKRT418")
    fields = {"offence": first.offence, "amount": first.amount, "issued_at": first.issued_at, "state": "warning"}
    Violation.objects.bulk_create(
        Violation(number=f"W-{n}", plate=f"AB{n}", sealed_pin="x", **fields) for n in range(2000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE violations_violation")
    plan = str(found("CKRT418").explain())
    assert ("Seq Scan" in plan, "violation_plate_begins" in plan, "number" in plan) == (False, True, True), plan
    assert ("BitmapOr" in plan, "Nested Loop" in plan) == (True, False), (
        plan
    )  # thousands are found by one look at the table
    by_number = plan_of(Violation.objects.filter(number="TT-10001"))
    assert ("Seq Scan" in by_number, "number" in by_number) == (False, True), by_number
    same = plan_of(of_same_plates([first.charge_id or 0]))
    assert ("Seq Scan on violations_violation" in same, "violation_plate_begins" in same) == (False, True), same
    twins = plan_of(Violation.objects.filter(plate=first.plate, offence=first.offence))
    assert "Seq Scan" not in twins, twins
    with CaptureQueriesContext(connection) as captured, transaction.atomic():
        assert found_before(Violation(plate="CKRT418", **fields), key=uuid4()) == []  # another region
        next_number()
    before, given = (query["sql"] for query in captured if "UNION" in query["sql"] or "EXISTS" in query["sql"])
    sent_before, taken = explained(before), explained(given)
    assert ("Seq Scan on violations_violation" in sent_before, "client_key" in sent_before) == (False, True), (
        sent_before
    )
    assert "Seq Scan on violations_violation" not in taken, taken


def test_office_list_counts_no_further_than_anybody_leafs(
    staff_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CappedPaginator, "most", 2)
    for _n in range(3):
        make_violation()
    with CaptureQueriesContext(connection) as captured:
        page = staff_client.get("/admin/violations/violation/")
    counts = [query["sql"] for query in captured if "COUNT(" in query["sql"] and "violations_violation" in query["sql"]]
    assert [" LIMIT 2)" in sql for sql in counts] == [True]
    assert page.context["cl"].result_count == 2
