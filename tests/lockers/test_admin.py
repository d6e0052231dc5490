"""Lockers in the office."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from lockers.models import Locker, LockerSite, LockerTerm


@pytest.fixture
def locker(db: None) -> Locker:
    site = LockerSite.objects.create(name="Athletics Centre")
    return Locker.objects.create(site=LockerSite.objects.create(name="Level 1", parent=site), number="114")


@pytest.mark.parametrize(
    ("first", "before", "message"),
    [
        ("2026-12-31", "2027-04-30", ""),
        ("2026-01-01", "2026-09-01", ""),
        ("2026-12-30", "2027-04-30", "has this locker from"),
        ("2026-01-01", "2026-09-02", "has this locker from"),
        ("2027-05-01", "2027-05-01", "A term ends after the day on which it starts."),
    ],
)
def test_term_is_for_one_person_at_a_time(
    staff_client: Client, resident: User, locker: Locker, first: str, before: str, message: str
) -> None:
    LockerTerm.objects.create(locker=locker, user=resident, starts_on=date(2026, 9, 1), ends_before=date(2026, 12, 31))
    answer = staff_client.post(
        reverse("admin:lockers_lockerterm_add"),
        {"locker": locker.pk, "user": resident.pk, "starts_on": first, "ends_before": before},
    )
    assert (answer.status_code, LockerTerm.objects.count()) == ((200, 1) if message else (302, 2))
    assert message in answer.content.decode()


def test_site_does_not_lie_within_itself(staff_client: Client, locker: Locker) -> None:
    top = LockerSite.objects.get(parent=None)
    answer = staff_client.post(
        reverse("admin:lockers_lockersite_change", args=[top.pk]), {"name": top.name, "parent": locker.site_id}
    )
    assert (answer.status_code, "A site cannot lie within itself." in answer.content.decode()) == (200, True)


@pytest.mark.parametrize("model", ["locker", "lockersite", "lockerterm"])
def test_lists_open(staff_client: Client, locker: Locker, model: str) -> None:
    assert staff_client.get(reverse(f"admin:lockers_{model}_changelist"), {"q": "114"}).status_code == 200
