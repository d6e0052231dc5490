"""What an office's forms can ask about vehicles."""

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from forms_module.kinds import Option
from vehicles.models import VehicleOwner


def vehicles_of(person: User | None) -> list[tuple[str, str]]:
    """The vehicles that this person drives now."""
    if person is None:
        return []
    return [(link.code, str(link.vehicle)) for link in VehicleOwner.objects.for_user(person).filter(active=True)]


VEHICLE = Option(_("Vehicle"), vehicles_of, personal=True)
