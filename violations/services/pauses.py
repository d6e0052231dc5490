"""When a ticket's clock stands."""

from datetime import timedelta

from opscom.lib.dates import today
from violations.clock import Pause
from violations.models import Violation


def pauses_of(violation: Violation) -> tuple[Pause, ...]:
    """The spans in which appeals keep it standing: from the day on which one is handed in, through the fair days after its
    decision. From the appeals that are fetched along, if they are; none of a ticket that is not saved yet."""
    if violation.pk is None:
        return ()
    return tuple(
        Pause(
            start=today(appeal.submitted_at),
            end=appeal.fair_through + timedelta(days=1) if appeal.fair_through else None,
        )
        for appeal in sorted(violation.appeals.all(), key=lambda appeal: appeal.level)
        if appeal.submitted_at
    )
