"""What the command prints: who can log in, and two tickets for the guest's way."""

from datetime import datetime

from django.conf import settings

from accounts.models import User
from opscom.lib.dates import today
from opscom.management.demo.catalogue import people_facts
from opscom.management.demo.people import PASSWORD
from violations.models import Violation


def is_seeded() -> bool:
    """Whether the demo office is here already."""
    return User.objects.filter(email=people_facts()["logins"][0]["email"]).exists()


def describe_logins(at: datetime) -> str:
    """The table of logins and the tickets that a guest may try."""
    logins = people_facts()["logins"]
    wide = max(len(facts["email"]) for facts in logins)
    lines = ["Demo logins, all with the password " + PASSWORD, ""]
    lines += [f"  {facts['email']:<{wide}}  {PASSWORD}  {facts['shows']}" for facts in logins]
    lines += [
        "",
        f"The office (logins marked office) is at {settings.BASE_URL}/admin/. It asks for a one-time password:",
    ]
    lines += [f"read it on the mailbox page, {settings.BASE_URL}/mailbox/.", "", "Pay your Ticket without a login:", ""]
    lines += [f"  {violation.full_number}  {words}" for violation, words in _guest_tickets(at)]
    return "\n".join(lines)


def _guest_tickets(at: datetime) -> list[tuple[Violation, str]]:
    """A ticket with its reduction running, and one overdue; both of vehicles that nobody has registered."""
    free = Violation.objects.unpaid().filter(charge__payer=None)
    running = free.filter(charge__reduced_through__gte=today(at)).order_by("-charge__reduced_through", "pk").first()
    overdue = free.filter(charge__due_on__lt=today(at)).order_by("-charge__due_on", "pk").first()
    found = [(running, "owed, cheaper until its reduction ends"), (overdue, "overdue")]
    return [(violation, words) for violation, words in found if violation]
