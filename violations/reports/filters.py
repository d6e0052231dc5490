"""What reports about tickets can be narrowed to."""

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from opscom.lib.reports import Filter
from permits.models import Lot
from violations.models import Offence


def filters_of(above: str = "") -> tuple[Filter, Filter]:
    """One lot, and one offence; `above` leads to the ticket."""
    lot = Filter("lot", _("Lot"), Lot.objects.all(), f"{above}lot")
    return lot, Filter("offence", _("Offence"), Offence.objects.all(), f"{above}offence")


OFFICER = Filter("officer", _("Officer"), User.objects.filter(been_staff=True), "officer")
