"""Hand out the printed permit."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from permits.errors import PermitRefused
from permits.models import Permit
from permits.pdf import permit_pdf


def print_permit(permit: Permit, *, language: str, at: datetime | None = None) -> bytes:
    """The permit as a PDF; the moment is kept as its last printing (PRN-1). PermitRefused while it is not paid."""
    if permit.state != Permit.State.ACTIVE:
        raise PermitRefused(
            _("Permit %(number)s is not paid, so there is nothing to print yet. Payments shows what is owed.")
            % {"number": permit.number},
            code="not-paid",
        )
    pdf = permit_pdf(permit, language=language)
    Permit.objects.filter(pk=permit.pk).update(printed_at=at or timezone.now())
    return pdf
