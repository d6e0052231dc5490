"""What an e-mail to many may name of the permits, or of the places in a queue, by which its people were chosen."""

from django.utils.translation import gettext_lazy as _

from accounts.wordings.meanings import MOMENT
from accounts.wordings.rows import RowKind
from permits.models import Permit, WaitlistEntry

KINDS = (
    RowKind(
        "permit",
        "permits.permit",
        lambda: Permit.objects.select_related("holder", "lot", "permit_type").prefetch_related("plates__vehicle"),
        person="holder",
        many="permits",
        fields=("number", "lot.name", "permit_type.name", "valid_from", "last_day", "ends_at", "plate_words"),
        meanings={
            "permit.permit_type.name": (_("Permit: its type"), "Resident, annual"),
            "permit.plate_words": (_("Permit: its plates"), "CKRT418"),
        },
    ),
    RowKind(
        "entry",
        "permits.waitlistentry",
        lambda: WaitlistEntry.objects.select_related("user", "waitlist"),
        person="user",
        many="entries",
        fields=("waitlist.name", "joined_at"),
        meanings={
            "entry.waitlist.name": (_("Waitlist: its name"), "Lot C, resident"),
            "entry.joined_at": (_("Since when the person waits"), MOMENT),
        },
    ),
)
