"""Background work of violations."""

from datetime import timedelta

from django.utils import timezone

from violations.models import TicketLookup
from violations.tasks import forget_old_lookups


def test_lookups_are_forgotten_after_a_month(db: None) -> None:
    now = timezone.now()
    for days in (29, 31):
        TicketLookup.objects.create(
            at=now - timedelta(days=days), number=f"TT-{days}", address="192.0.2.1", network="192.0.2.0/24", found=False
        )
    forget_old_lookups()
    assert list(TicketLookup.objects.values_list("number", flat=True)) == ["TT-29"]
