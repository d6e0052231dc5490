"""What an e-mail to many may name of the tickets by which its people were chosen."""

from django.utils.translation import gettext_lazy as _

from accounts.wordings.meanings import DAY, SUM
from accounts.wordings.rows import RowKind
from violations.models import Violation

TICKETS = RowKind(
    "violation",
    "violations.violation",
    lambda: Violation.objects.select_related("charge__payer", "offence", "lot"),
    person="charge__payer",
    many="tickets",
    fields=("number", "issued_at", "offence.description", "plate", "lot.name", "amount", "charge.due_on"),
    meanings={
        "violation.lot.name": (_("Ticket: its lot"), "Lot C, Harbour"),
        "violation.amount": (_("Ticket: its fine"), SUM),
        "violation.charge.due_on": (_("Ticket: day by which it is due"), DAY),
    },
)
