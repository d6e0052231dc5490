"""The order from an earlier system."""

import pytest

from opscom.lib.tables import TableRefused
from permits.models import WaitlistEntry
from permits.services.waitlists.importing import import_rows, read_rows
from tests.factories import make_entry, make_lot, make_user, make_waitlist, make_window

pytestmark = pytest.mark.django_db
FILE = """Email;Joined;Note
Late@example.test;2024-09-30;
first@example.test;2023-01-15;Hardship
second@example.test;2023-01-15;
nobody@example.test;2023-01-15;
first@example.test;2022-01-01;
third@example.test;30.9.2024;
fourth@example.test;2999-01-01;
"""


def test_import_keeps_the_order_leaves_out_what_it_cannot_read_and_runs_twice() -> None:
    waitlist, clerk = make_waitlist(make_window(make_lot(spaces=0))), make_user(is_staff=True)
    for name in ("late", "first", "second", "third", "fourth"):
        make_user(email=f"{name}@example.test")
    rows = read_rows(FILE, waitlist)
    assert [(row.number, row.is_new, row.problem) for row in rows] == [
        (2, True, ""),
        (3, True, ""),
        (4, True, ""),
        (5, False, "Nobody with this address has an account."),
        (6, False, "This address is in the file twice."),
        (7, False, "“30.9.2024” is no day in the past; write it as 2024-09-30."),
        (8, False, "“2999-01-01” is no day in the past; write it as 2024-09-30."),
    ]
    assert WaitlistEntry.objects.count() == 0
    import_rows(FILE, waitlist, by=clerk)
    queue = waitlist.entries.waiting().values_list("user__email", "note", "events__reason")
    assert list(queue) == [
        ("first@example.test", "Hardship", "imported"),
        ("second@example.test", "", "imported"),
        ("late@example.test", "", "imported"),
    ]
    again = import_rows(FILE, waitlist, by=clerk)
    assert ([row.is_new for row in again], WaitlistEntry.objects.count()) == ([False] * 7, 3)
    WaitlistEntry.objects.filter(user__email="first@example.test").update(state="left")
    assert sum(row.is_new for row in import_rows(FILE, waitlist, by=clerk)) == 0


def test_import_leaves_those_who_wait_already_where_they_are() -> None:
    entry = make_entry(make_waitlist())
    [row] = import_rows(f"email\n{entry.user.email}\n", entry.waitlist, by=make_user(is_staff=True))
    assert (row.known, row.is_new, WaitlistEntry.objects.count()) == (True, False, 1)


@pytest.mark.parametrize("text", ["", "name,joined\nAda,2024-01-01\n", "\x00\x01"])
def test_file_without_addresses_is_refused(text: str) -> None:
    with pytest.raises(TableRefused, match="The first line names the columns"):
        read_rows(text, make_waitlist())
