"""Changing the user type of many people."""

import pytest

from accounts.models import AccountEvent, User
from opscom.office.people.types import change_types, preview_types
from tests.factories import make_lot, make_permit, make_user, make_user_type, make_window

pytestmark = pytest.mark.django_db


def test_preview_says_who_changes_and_whose_permits_are_elsewhere(staff: User) -> None:
    student, employee = make_user_type(name="Student"), make_user_type(name="Employee")
    lots = {name: make_lot(name=name) for name in ("open", "student", "both")}
    lots["student"].user_types.add(student)
    lots["both"].user_types.add(student, employee)
    ada, bo, cy = make_user(user_type=student), make_user(user_type=None), make_user(user_type=employee)
    permits = {name: make_permit(ada, make_window(lot)) for name, lot in lots.items()}
    found = preview_types([ada.pk, bo.pk, cy.pk, staff.pk], employee)
    assert (found.changing, found.unchanged, sorted(found.of_type)) == (2, 1, [("None", 1), ("Student", 1)])
    assert (found.permits, found.permits_elsewhere) == (1, [permits["student"]])


def test_change_is_in_each_ones_history_and_leaves_staff_out(staff: User) -> None:
    student, employee = make_user_type(name="Student"), make_user_type(name="Employee")
    ada, bo, cy = make_user(user_type=student), make_user(user_type=None), make_user(user_type=employee)
    people = [ada.pk, bo.pk, cy.pk, staff.pk]
    assert [change_types(people, employee, by=staff) for _ in range(2)] == [2, 0]
    assert [User.objects.get(pk=pk).user_type for pk in people] == [employee, employee, employee, None]
    assert list(AccountEvent.objects.order_by("pk").values_list("user", "verb", "detail", "by")) == [
        (ada.pk, "type_changed", "Student → Employee", staff.pk),
        (bo.pk, "type_changed", "– → Employee", staff.pk),
    ]
