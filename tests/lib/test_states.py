"""One door for every change of state."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import models
from django_fsm import TransitionNotAllowed
from pytest_django import DjangoAssertNumQueries
from time_machine import travel

from accounts.models import User
from opscom.lib.append_only import rewriting_history
from opscom.lib.dates import start_of_day, today
from opscom.lib.states import change_state, change_state_if_unchanged, change_states
from payments.models import Charge
from tests.factories import make_charge

WAIT_SECONDS = 10


@pytest.fixture
def charge(resident: User) -> Charge:
    return make_charge(resident)


def events(charge: Charge) -> list[tuple[Any, ...]]:
    return list(charge.events.values_list("from_state", "to_state", "by", "reason", "at"))


def test_change_saves_the_state_with_its_fields_and_appends_an_event(charge: Charge, staff: User) -> None:
    at = start_of_day(today())
    change_state(charge, "cancel", by=staff, at=at, reason="spoiled", blocked="wrong plate")
    stored = Charge.objects.get()
    assert (stored.state, stored.blocked) == ("void", "wrong plate")
    assert events(charge) == [("open", "void", staff.pk, "spoiled", at)]


def test_change_without_who_and_when_is_the_systems_and_happens_now(charge: Charge) -> None:
    with travel("2026-05-05T12:00:00Z", tick=False):
        change_state(charge, "settle")
    (event,) = charge.events.all()
    assert (event.by, event.reason, event.at.isoformat()) == (None, "", "2026-05-05T12:00:00+00:00")
    assert str(event) == "open → settled"


def test_change_saves_nothing_but_what_it_names(charge: Charge) -> None:
    charge.description = "typed over"
    change_state(charge, "settle")
    assert Charge.objects.get().description == "Ticket"


def test_events_come_in_the_order_in_which_they_happened(charge: Charge) -> None:
    for transition in ("cancel", "reopen", "settle"):
        change_state(charge, transition)
    assert [event.to_state for event in charge.events.all()] == ["void", "open", "settled"]


def test_unlocked_row_changes_in_two_statements_and_only_from_the_state_that_was_read(
    charge: Charge, staff: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    stale = Charge.objects.get()
    with django_assert_num_queries(2):
        assert change_state_if_unchanged(charge, "cancel", by=staff, reason="spoiled", blocked="wrong plate")
    stored = Charge.objects.get()
    assert (charge.state, stored.state, stored.blocked) == ("void", "void", "wrong plate")
    assert [row[:4] for row in events(charge)] == [("open", "void", staff.pk, "spoiled")]
    assert not change_state_if_unchanged(stale, "settle", blocked="")
    assert (stale.state, stale.blocked, charge.events.count()) == ("void", "wrong plate", 1)


def test_several_rows_change_in_two_statements_and_not_if_one_may_not(
    resident: User, staff: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    rows = [make_charge(resident) for _ in range(3)]
    change_states([], "settle")
    with django_assert_num_queries(2):
        change_states(rows, "settle", by=staff, reason="paid")
    assert set(Charge.objects.values_list("state", flat=True)) == {"settled"}
    assert [[event[:4] for event in events(row)] for row in rows] == [[("open", "settled", staff.pk, "paid")]] * 3
    with pytest.raises(TransitionNotAllowed):
        change_states([make_charge(resident), rows[0]], "settle")
    assert Charge.objects.filter(state="open").count() == 1


@pytest.mark.parametrize("transition", ["settle", "cancel"])
def test_transition_that_is_not_allowed_writes_nothing(charge: Charge, transition: str) -> None:
    change_state(charge, "settle")
    with pytest.raises(TransitionNotAllowed):
        change_state(charge, transition, reason="again", blocked="never stored")
    assert charge.blocked == ""
    stored = Charge.objects.get()
    assert (stored.state, stored.blocked) == ("settled", "")
    assert charge.events.count() == 1


def test_state_cannot_be_assigned(charge: Charge) -> None:
    with pytest.raises(AttributeError):
        charge.state = "settled"
    assert charge.state == "open"


@pytest.mark.parametrize("fields", [None, ["state"], ["state", "amount"]])
def test_reading_again_sees_the_new_state(charge: Charge, fields: list[str] | None) -> None:
    change_state(Charge.objects.get(), "settle")
    charge.refresh_from_db(fields=fields)
    assert charge.state == "settled"


def test_reading_other_fields_again_leaves_the_state_alone(charge: Charge) -> None:
    change_state(Charge.objects.get(), "settle", blocked="new")
    charge.refresh_from_db(fields=iter(["blocked"]))
    assert (charge.blocked, charge.state) == ("new", "open")


def test_state_is_read_with_the_rest_of_the_row_and_protected_again(
    charge: Charge, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        charge.refresh_from_db()
        assert charge.get_deferred_fields() == set()
        with pytest.raises(AttributeError):
            charge.state = "settled"
        assert charge.state == "open"


def test_state_that_was_left_out_stays_left_out(charge: Charge) -> None:
    lean = Charge.objects.defer("state").get()
    lean.refresh_from_db()
    assert lean.get_deferred_fields() == {"state"}


def test_state_survives_a_row_that_is_gone(charge: Charge) -> None:
    with rewriting_history():
        Charge.objects.all().delete()
    with pytest.raises(Charge.DoesNotExist):
        charge.refresh_from_db()
    assert (charge.state, charge.get_deferred_fields()) == ("open", set())


@pytest.fixture
def reading_elsewhere(charge: Charge, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Thread]:
    """Another thread that is in the middle of reading its row anew."""
    started, go_on = threading.Event(), threading.Event()

    def slowly(_row: models.Model, **_kwargs: Any) -> None:
        started.set()
        go_on.wait(WAIT_SECONDS)

    monkeypatch.setattr(models.Model, "refresh_from_db", slowly)
    thread = threading.Thread(target=Charge(pk=charge.pk).refresh_from_db)
    thread.start()
    assert started.wait(WAIT_SECONDS)
    yield thread
    go_on.set()
    thread.join(WAIT_SECONDS)


def test_reading_in_one_thread_does_not_lift_the_protection_in_another(
    charge: Charge, reading_elsewhere: threading.Thread
) -> None:
    assert reading_elsewhere.is_alive()
    with pytest.raises(AttributeError):
        charge.state = "settled"
    assert charge.state == "open"
