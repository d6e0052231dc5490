"""The sources of a person's history, one class a kind. A new domain adds its own to `SOURCES`."""

from opscom.office.timeline.entries import Source
from opscom.office.timeline.messages import Mails, Texts
from opscom.office.timeline.money import Credits, PaymentPlans, Payments, Refunds
from opscom.office.timeline.papers import Account, Forms, Uploads
from opscom.office.timeline.places import Lockers, Permits, Waitlists
from opscom.office.timeline.tickets import Appeals, Violations

SOURCES: tuple[Source, ...] = (
    Permits(),
    Waitlists(),
    Violations(),
    Appeals(),
    Payments(),
    PaymentPlans(),
    Refunds(),
    Credits(),
    Lockers(),
    Forms(),
    Uploads(),
    Mails(),
    Texts(),
    Account(),
)


def sources_in_use() -> list[Source]:
    """The kinds that this office has."""
    return [source for source in SOURCES if source.is_on()]
