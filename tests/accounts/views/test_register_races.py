"""Two registrations of one address at the same instant, on PostgreSQL."""

from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from accounts.models import User
from opscom.lib.append_only import rewriting_history
from tests.accounts.mailbox import kinds
from tests.together import all_at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
CASES = ["nell@example.test", "Nell@Example.test", "NELL@EXAMPLE.TEST", "nell@EXAMPLE.test"]


def register(email: str) -> Callable[[], tuple[int, str]]:
    def job() -> tuple[int, str]:
        response = Client().post("/register/", {"email": email})
        return response.status_code, response.headers.get("Location", "")

    return job


def test_one_account_one_letter_and_the_same_answer_for_all() -> None:
    answers = all_at_once([register(email) for email in CASES])
    assert answers == [(302, "/register/sent/")] * len(CASES)
    assert list(User.objects.values_list("email", flat=True)) == ["nell@example.test"]
    assert len(kinds()) == 1  # allauth writes to one address once in three minutes, whichever of them came first
    Client().post("/forgot-password/", {"email": CASES[1]})
    assert kinds()[1:] == ["password_reset"]  # so there is a way in whichever letter it was


@pytest.fixture
def without_constraints() -> Iterator[None]:
    """The table as it would be if only the form looked whether an address is taken."""
    constraints = [item for item in User._meta.constraints if item.name == "user_email_any_case_unique"]
    column = User._meta.get_field("email")
    open_column = column.clone()
    open_column.set_attributes_from_name("email")
    open_column._unique = False  # type: ignore[attr-defined]
    with connection.schema_editor() as editor:
        for constraint in constraints:
            editor.remove_constraint(User, constraint)
        editor.alter_field(User, column, open_column)
    yield
    with rewriting_history():
        User.objects.all().delete()
    with connection.schema_editor() as editor:
        editor.alter_field(User, open_column, column)
        for constraint in constraints:
            editor.add_constraint(User, constraint)


def test_control_without_the_constraints_there_are_several(without_constraints: None) -> None:
    for people in range(1, 11):  # chance decides whether two meet
        cache.clear()  # the throttle of the form
        all_at_once([register(f"{people}{email}") for email in CASES])
        if User.objects.count() > people:
            break
    assert User.objects.count() > people
