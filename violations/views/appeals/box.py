"""What a ticket's page says about appealing it."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import prefetch_related_objects
from django.http import HttpRequest

from opscom.lib.office import office
from violations.models import Appeal, Violation
from violations.services.appeals.rules import SECOND, last_day_of, last_second_day_of, next_level, why_not
from violations.views.access import is_associated, may_pay
from violations.views.appeals.access import is_mine


@dataclass(frozen=True)
class AppealBox:
    """`mine` is the visitor's newest appeal; `can_request` whether they may begin the next one, through `last_day`, and
    `why` why not."""

    mine: Appeal | None
    level: int
    can_request: bool
    why: str
    last_day: date | None

    @property
    def is_second(self) -> bool:
        """Whether the next appeal would be the second."""
        return self.level == SECOND


def appeal_box(request: HttpRequest, violation: Violation, at: datetime) -> AppealBox | None:
    """Nothing where the office takes no appeals, or the visitor may not appeal this ticket. One query for its appeals."""
    if not office().appeals_enabled or not (may_pay(request, violation) or is_associated(request, violation)):
        return None
    prefetch_related_objects([violation], "appeals")
    mine = [appeal for appeal in violation.appeals.all() if is_mine(request, appeal)]
    return box_of(violation, sorted(mine, key=lambda appeal: (appeal.level, appeal.pk)), at)


def box_of(violation: Violation, mine: list[Appeal], at: datetime) -> AppealBox:
    """The same for a ticket whose appeals are fetched along; `mine` are the visitor's, in their order."""
    level = next_level(violation)
    first = next((a for a in violation.appeals.all() if a.is_decided), None)
    last = last_second_day_of(first) if level == SECOND and first else last_day_of(violation)
    why = why_not(violation, at=at)
    newest = mine[-1] if mine else None
    return AppealBox(newest, level, not why and not (newest and newest.is_draft), why, last)
