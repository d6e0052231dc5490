"""What does not stay of guests who looked for a ticket or appealed it, of imports and of letters."""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from opscom.lib.import_runs import files_retention
from opscom.lib.office import office
from opscom.lib.retention import Retention
from violations.models import Appeal, ImportRun, OffenceImport, PlateCode, TicketLookup, Violation
from violations.services import letters
from violations.services.appeals.forgetting import delete_drafts, empty_appeals

DAYS = 30


def decided_appeals(before: datetime) -> QuerySet[Appeal]:
    """Guests' appeals that were decided before then; not while the ticket is owed, another appeal of it waits for its decision,
    or a second one may still come."""
    running = Appeal.objects.running().values("violation")
    longer = timedelta(days=max(0, office().second_appeal_days - office().guest_days))
    appeals = Appeal.objects.filter(user=None, decided_at__lt=before - longer).exclude(email="")
    return appeals.exclude(violation__in=running).exclude(violation__state=Violation.State.OPEN)


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
    Retention(
        key="guest_appeal_drafts",
        records=_("Appeals that guests began and did not submit"),
        becomes=_("They are deleted, with their files."),
        setting=DAYS,
        due=lambda before: Appeal.objects.filter(user=None, state=Appeal.State.DRAFT, created_at__lt=before),
        end=delete_drafts,
    ),
    Retention(
        key="guest_appeals",
        records=_("What guests said and showed in appeals that are decided"),
        becomes=_("Name, address, words and files are taken out. That there was an appeal, and its decision, stays."),
        setting="guest_days",
        due=decided_appeals,
        end=empty_appeals,
    ),
    files_retention(ImportRun, records=_("Files with which tickets were brought in")),
    files_retention(OffenceImport, records=_("Files with which offences were brought in")),
    Retention(
        key="letters",
        records=_("PDF files of letters"),
        becomes=_("The file is deleted; it can be drawn again. To whom letters went, and when, stays."),
        setting=letters.KEPT.days,
        due=lambda before: letters.expired_letters(before + letters.KEPT),
        end=lambda _batches: letters.forget_letters(),
    ),
)
