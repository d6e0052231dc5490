"""Whose page it is and who looks at it, with what several panels need."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from django.db.models import Sum
from django.utils import timezone

from accounts.models import User
from opscom.lib.money import ZERO
from payments.models import Adjustment, Charge
from payments.services.quotes import price_now


@dataclass
class Person:
    """A person on their page, seen by a member of staff."""

    user: User
    viewer: User
    at: datetime

    @classmethod
    def seen_by(cls, user: User, viewer: User) -> "Person":
        """The person as of now."""
        return cls(user, viewer, timezone.now())

    @cached_property
    def owed(self) -> dict[Charge, Decimal]:
        """What is owed, the oldest first, each with what it costs now; one query."""
        charges = Charge.objects.for_user(self.user).open().with_standing()
        return {charge: price_now(charge, self.at) for charge in charges}

    @property
    def sum_owed(self) -> Decimal:
        """What paying all of it costs now."""
        return sum(self.owed.values(), start=ZERO)

    @cached_property
    def credit(self) -> Decimal:
        """What the office has given and is not spent; one query."""
        unspent = Adjustment.objects.for_user(self.user).filter(amount__lt=0, state=Adjustment.State.UNPROCESSED)
        return -(unspent.aggregate(total=Sum("amount"))["total"] or ZERO)

    def may(self, right: str) -> bool:
        """The viewer has that right."""
        return self.viewer.has_perm(right)
