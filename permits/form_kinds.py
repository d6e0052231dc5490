"""What an office's forms can ask about permits and lots."""

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from forms_module.kinds import Option
from opscom.lib.dates import today
from permits.models import Lot, Permit


def permits_of(person: User | None) -> list[tuple[str, str]]:
    """This person's paid permits that have not ended."""
    if person is None:
        return []
    permits = Permit.objects.for_user(person).filter(state=Permit.State.ACTIVE, valid_before__gt=today())
    return [(permit.code, f"{permit.number} ({permit.lot.name})") for permit in permits.select_related("lot")]


def lots_for(person: User | None) -> list[tuple[str, str]]:
    """The lots that the portal lists for this person."""
    return [(lot.code, lot.name) for lot in Lot.objects.visible_to(person)]


def codes_of_lots() -> list[str]:
    """All lots, by what the office calls them in every language."""
    return list(Lot.objects.order_by("code").values_list("code", flat=True))


PERMIT = Option(_("Permit"), permits_of, personal=True)
LOT = Option(_("Lot"), lots_for, codes_of_lots)
