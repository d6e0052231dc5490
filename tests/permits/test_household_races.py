"""Two of a household who buy in two lots at once: one gets the first step. On PostgreSQL, with its control."""

import threading
from collections.abc import Callable
from functools import partial

import pytest

from permits.models import HouseholdStep, Permit, PermitType, SalesWindow
from permits.services import reserve
from permits.services.quotes import quote_permit
from permits.services.reserve import reserve_permit
from tests.factories import make_address, make_user, make_vehicle, make_window
from tests.together import all_at_once, without_row_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
PEOPLE = 4


def windows() -> list[SalesWindow]:
    """As many lots, in all of which a household's permits count."""
    made = [make_window(price="100.00") for _ in range(PEOPLE)]
    PermitType.objects.update(household_counts="all")
    for window in made:
        HouseholdStep.objects.create(permit_type=window.permit_type, step=2, percent="150")
    return made


def buyers(made: list[SalesWindow]) -> list[Callable[[], Permit]]:
    people = [make_user() for _ in made]
    for user in people:
        make_address(user)
    return [
        partial(reserve_permit, user, window=window, vehicles=[make_vehicle(user)])
        for user, window in zip(people, made, strict=True)
    ]


def test_everybody_of_a_household_gets_a_step_of_their_own() -> None:
    all_at_once(buyers(windows()))
    assert list(Permit.objects.order_by("step").values_list("step", flat=True)) == [1, 2, 3, 4]


def test_without_the_lock_several_get_the_first_step(monkeypatch: pytest.MonkeyPatch) -> None:
    barrier = threading.Barrier(PEOPLE)

    def quote_together(*args: object, **kwargs: object) -> object:
        quote = quote_permit(*args, **kwargs)  # type: ignore[arg-type]
        barrier.wait(20)
        return quote

    without_row_locks(monkeypatch)
    monkeypatch.setattr(reserve, "quote_permit", quote_together)
    all_at_once(buyers(windows()))
    assert list(Permit.objects.values_list("step", flat=True)) == [1] * PEOPLE
