"""Held and not paid: released with a reason, exceptions kept, what is being paid left alone."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Mail, Mailing, User
from lockers.models import LockerTerm
from opscom.lib.dates import end_of_day, today
from opscom.office.unpaid.releasing import held_until, keep_unpaid, release_unpaid
from payments.models import Charge, Payment
from payments.services.promises import promise_payment
from permits.models import Permit, PermitEvent
from tests.factories import hold_locker, make_charge, make_checkout, make_permit, make_user
from tests.payments.conftest import begin

PAGE = "/admin/unpaid/"
pytestmark = pytest.mark.django_db


def held(user: User | None = None, until: datetime | None = None) -> Permit:
    """A place that is held until late tonight."""
    permit = make_permit(user or make_user())
    until = until or end_of_day(today()) - timedelta(minutes=1)
    Permit.objects.filter(pk=permit.pk).update(held_until=until)
    Charge.objects.filter(pk=permit.charge_id).update(held_until=until)
    permit.refresh_from_db()
    return permit


def promised(permit: Permit) -> Payment:
    payment = promise_payment(make_checkout([permit.charge], permit.holder), email=permit.holder.email)
    tonight = end_of_day(today()) - timedelta(minutes=1)
    Payment.objects.filter(pk=payment.pk).update(promise_until=tonight)
    Permit.objects.filter(pk=permit.pk).update(held_until=tonight)
    return payment


def keys(rows: Iterable[Tag]) -> list[str]:
    return [str(row["value"]) for row in rows]


def test_what_is_released_is_free_and_told_and_its_promise_withdrawn(staff: User) -> None:
    plain, with_promise = held(), held()
    payment = promised(with_promise)
    locker = hold_locker()
    LockerTerm.objects.filter(pk=locker.pk).update(held_until=plain.held_until)
    rows = held_until(today())
    assert {(row.kind, row.pk, row.promise) for row in rows} == {
        ("permit", plain.pk, None),
        ("permit", with_promise.pk, payment),
        ("locker", locker.pk, None),
    }
    done = release_unpaid(rows, by=staff, reason="The list is long")
    assert len(done) == 3
    assert set(Permit.objects.values_list("state", flat=True)) == {"released"}
    assert LockerTerm.objects.get(pk=locker.pk).state == "released"
    assert set(Charge.objects.values_list("state", flat=True)) == {"void"}
    payment.refresh_from_db()
    assert payment.state == "cancelled"
    event = plain.events.latest("pk")
    assert (event.by, event.reason) == (staff, "The list is long")
    assert sorted(Mail.objects.exclude(kind="promise").values_list("kind", flat=True)) == [
        "hold_lapsed",
        "hold_lapsed",
        "locker_lapsed",
    ]


def test_what_is_being_paid_by_card_stays(staff: User) -> None:
    permit = held()
    begin(make_checkout([permit.charge], permit.holder))
    Permit.objects.filter(pk=permit.pk).update(held_until=end_of_day(today()) - timedelta(minutes=1))
    (row,) = held_until(today())
    assert row.paying is True
    assert release_unpaid([row], by=staff, reason="x") == []
    permit.refresh_from_db()
    assert permit.state == "held"


def test_exceptions_are_kept_until_the_end_of_a_day(staff: User) -> None:
    permit = held()
    payment = promised(permit)
    until = today() + timedelta(days=7)
    keep_unpaid(held_until(today()), until=until, by=staff, reason="Cheque is in the post")
    permit.refresh_from_db()
    payment.refresh_from_db()
    assert (permit.held_until, payment.promise_until) == (end_of_day(until), end_of_day(until))
    assert permit.events.latest("pk").reason == f"kept until {until}: Cheque is in the post"
    assert held_until(today()) == []


def test_what_is_kept_longer_or_ended_meanwhile_gets_no_event(staff: User) -> None:
    longer, ended = held(), held()
    rows = held_until(today())
    Permit.objects.filter(pk=longer.pk).update(held_until=timezone.now() + timedelta(days=30))
    release_unpaid([row for row in rows if row.pk == ended.pk], by=staff, reason="Full")
    before = PermitEvent.objects.count()
    keep_unpaid(rows, until=today() + timedelta(days=7), by=staff, reason="x")
    assert PermitEvent.objects.count() == before


def test_promise_of_what_is_kept_is_not_withdrawn(staff_client: Client, staff: User) -> None:
    user = make_user()
    going, staying, fine = held(user), held(user), make_charge(user)
    paid_together = make_checkout([going.charge, staying.charge, fine], user)
    payment = promise_payment(paid_together, email=user.email)
    Permit.objects.update(held_until=end_of_day(today()) - timedelta(minutes=1))
    rows = {row.pk: row for row in held_until(today())}
    assert set(rows[going.pk].others) == {staying.charge_id, fine.pk}
    said: dict[str, Any] = {"listed": [row.key for row in rows.values()], "release": rows[going.pk].key}
    said |= {"keep_until": today() + timedelta(days=7), "reason": "Full"}
    looked = BeautifulSoup(staff_client.post(PAGE, said).content, "html.parser")
    assert keys(looked.select("input[name=release]")) == []
    assert [head.get_text()[:12] for head in looked.select(".desk h2")] == [
        "0 are releas",
        "1 is left as",
        "1 is kept un",
    ]
    assert release_unpaid(list(rows.values()), by=staff, reason="Full") == []
    payment.refresh_from_db()
    assert (payment.state, set(Permit.objects.values_list("state", flat=True))) == ("promised", {"held"})


def test_what_was_promised_together_goes_together(staff: User) -> None:
    user = make_user()
    permits = [held(user), held(user)]
    payment = promise_payment(make_checkout([permit.charge for permit in permits], user), email=user.email)
    Permit.objects.update(held_until=end_of_day(today()) - timedelta(minutes=1))
    assert len(release_unpaid(held_until(today()), by=staff, reason="Full")) == 2
    payment.refresh_from_db()
    assert (payment.state, set(Permit.objects.values_list("state", flat=True))) == ("cancelled", {"released"})


def test_page_shows_ticks_confirms_and_does_it(staff_client: Client) -> None:
    going, staying = held(), held()
    later = held(until=timezone.now() + timedelta(days=3))
    page = BeautifulSoup(staff_client.get(PAGE).content, "html.parser")
    assert keys(page.select("input[name=release][checked]")) == [f"permit-{going.pk}", f"permit-{staying.pk}"]
    both = {"listed": [f"permit-{going.pk}", f"permit-{staying.pk}"], "release": f"permit-{going.pk}"}
    day = today() + timedelta(days=7)
    assert (
        "Say why; it stands in the history of each."
        in staff_client.post(PAGE, both | {"keep_until": day}).content.decode()
    )
    said = both | {"keep_until": day, "reason": "Full"}
    looked = BeautifulSoup(staff_client.post(PAGE, said).content, "html.parser")
    assert [head.get_text()[:15] for head in looked.select(".desk h2")] == ["1 is released n", "1 is kept until"]
    assert Permit.objects.filter(state="held").count() == 3
    staff_client.post(PAGE, said | {"confirmed": "1"})
    assert sorted(Permit.objects.values_list("pk", "state")) == [
        (going.pk, "released"),
        (staying.pk, "held"),
        (later.pk, "held"),
    ]
    written = staff_client.post(PAGE, {"release": f"permit-{later.pk}", "write": "1"})
    assert (written["Location"], Mailing.objects.count()) == (PAGE, 0)  # not on the list of tonight
    staff_client.post(f"{PAGE}?day={today() + timedelta(days=4)}", {"release": f"permit-{later.pk}", "write": "1"})
    assert [person.user for person in Mailing.objects.get().people.all()] == [later.holder]


def test_page_costs_the_same_with_more_rows(staff_client: Client, settings: Settings) -> None:
    settings.REDIS_URL = ""

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            staff_client.get(PAGE)
        return len(captured)

    held()
    count()
    before = count()
    for _ in range(2):
        held()
    assert count() == before == 7
