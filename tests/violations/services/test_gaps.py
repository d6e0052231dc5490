"""What is missing between the first and the last number of a series."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from opscom.roles import make_roles
from tests.conftest import sign_in
from tests.factories import change_office, make_user, make_violation
from violations.errors import ViolationRefused
from violations.models import TicketSeries
from violations.services.gaps import described, ended_tickets, explain_numbers, gaps_before, missing_at_the_end
from violations.services.issue import spoil_violation
from violations.services.lookup import split_number


@pytest.fixture
def series(staff: User) -> TicketSeries:
    """TT-10001 to TT-10010, of which 2, 5, 6 and 10 are missing, and 7 is spoiled."""
    for n in (1, 3, 4, 7, 8, 9):
        ticket = make_violation(number=f"TT-1000{n}", pin="3K")
        if n == 7:
            spoil_violation(ticket, by=staff, reason="Wrong plate")
    make_violation(number="TT-1000-A")
    make_violation(number="X-10005")
    return TicketSeries.objects.create(prefix="TT-", last=10010)


def test_gaps_are_the_numbers_that_no_ticket_has(series: TicketSeries, staff: User) -> None:
    explain_numbers(series, first=10005, last=10006, reason="Book lost", by=staff)
    gaps = described(series, gaps_before(series))
    assert [(gap.first, gap.last, gap.count) for gap in gaps] == [(10002, 10002, 1), (10005, 10006, 2)]
    assert [[note.reason for note in gap.notes] for gap in gaps] == [[], ["Book lost"]]
    end = missing_at_the_end(series)
    assert end and (end.first, end.last) == (10010, 10010)
    assert [(ticket.number, ticket.why) for ticket in ended_tickets(series)] == [("TT-10007", "Wrong plate")]


@pytest.mark.parametrize(("first", "last"), [(10001, 10002), (10007, 10007), (10006, 10005), (10010, 10011), (0, 1)])
def test_reason_is_for_missing_numbers_only(series: TicketSeries, staff: User, first: int, last: int) -> None:
    with pytest.raises(ViolationRefused):
        explain_numbers(series, first=first, last=last, reason="Why", by=staff)


def test_office_sees_gaps_and_writes_a_reason(series: TicketSeries) -> None:
    make_roles()
    supervisor, clerk = make_user(is_staff=True), make_user(is_staff=True)
    supervisor.groups.add(Group.objects.get(name="Enforcement supervisor"))
    clerk.groups.add(Group.objects.get(name="Auditor"))
    address = f"/admin/violations/ticketseries/{series.pk}/gaps/"
    client = sign_in(Client(), supervisor)
    explain = address.replace("gaps", "explain")
    said = {"first": "10002", "last": "10002", "reason": "Torn"}
    assert "The reason is written down." in client.post(explain, said, follow=True).content.decode()
    refused = client.post(explain, said | {"first": "10001"})
    assert "Not all of these numbers are missing." in refused.content.decode()
    auditor = sign_in(Client(), clerk)
    assert "Torn" in auditor.get(address).content.decode()
    assert auditor.post(explain, said).status_code == 403


def test_prefix_of_the_office_begins_a_series_of_its_own(db: None) -> None:
    change_office(ticket_prefix="UP2-")
    ticket = make_violation(pin="3K")
    assert ticket.number == "UP2-10001"
    typed = ["UP2-10001-3K", "up2 10001 3k", "UP2100013K", "TT101333K"]
    assert [split_number(text, own="UP2-") for text in typed] == [("UP2-10001", "3K")] * 3 + [("TT-10133", "3K")]
