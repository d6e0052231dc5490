"""When a ticket's clock stands."""

from datetime import date

from opscom.lib.dates import today
from violations.clock import ONE, Pause
from violations.models import Violation


def pauses_of(violation: Violation) -> tuple[Pause, ...]:
    """The spans in which appeals or payment plans keep it standing: after the day on which an appeal is handed in, which has
    begun and counts, through the fair days after its decision. From the appeals that are fetched along, if they are; none of a
    ticket that is not saved yet."""
    if violation.pk is None:
        return ()
    appealed = (
        Pause(
            start=today(appeal.submitted_at) + ONE,
            end=appeal.fair_through + ONE if appeal.fair_through else None,
        )
        for appeal in sorted(violation.appeals.all(), key=lambda appeal: appeal.level)
        if appeal.submitted_at
    )
    planned = (
        Pause(start=date.fromisoformat(start), end=date.fromisoformat(end) if end else None)
        for start, end in violation.stopped
    )
    return (*appealed, *planned)
