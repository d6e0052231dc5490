"""The days on which the office is closed, for whoever counts business days."""

from datetime import date

from violations.models import ClosedDay


def closed_days() -> frozenset[date]:
    """All of them."""
    return frozenset(ClosedDay.objects.values_list("day", flat=True))
