"""What does not stay of guests who looked for a ticket."""

from django.utils.translation import gettext_lazy as _

from opscom.lib.retention import Retention
from violations.models import PlateCode, TicketLookup

DAYS = 30

RETENTIONS = (
    Retention(
        key="ticket_lookups",
        records=_("Searches for tickets by number and PIN"),
        becomes=_("They are deleted, with the network address that they came from."),
        setting=DAYS,
        due=lambda before: TicketLookup.objects.filter(at__lt=before),
        end=lambda searches: searches.delete(),
    ),
    Retention(
        key="plate_codes",
        records=_("Codes for all tickets of a plate"),
        becomes=_("They are deleted."),
        setting=DAYS,
        due=lambda before: PlateCode.objects.filter(asked_at__lt=before),
        end=lambda codes: codes.delete(),
    ),
)
