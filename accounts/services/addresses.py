"""Postal addresses: kept one of each kind, as far as the office asks for them (ACC-3, REG-6)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import AccountEvent, Address, ProfilePolicy, User
from accounts.services.history import note_event
from accounts.services.profile import is_complete, profile_rules
from opscom.lib.errors import PortalError


class AddressRefused(PortalError):
    """The address stays as it is."""


def address_rule(user: User) -> str:
    """What the office wants to know from this person: hidden, optional, required or read-only."""
    return profile_rules(user)[ProfilePolicy.Field.ADDRESS].rule


@transaction.atomic
def save_address(user: User, *, kind: str, answers: Mapping[str, Any], by: User, at: datetime | None = None) -> Address:
    """Store the address of that kind in the place of an older one. A profile that waited for nothing else is complete
    now. AddressRefused where only the office may change it."""
    person = _person_to_change(user, by=by)
    address = person.addresses.filter(kind=kind).first() or Address(user=person, kind=kind)
    for field, answer in answers.items():
        setattr(address, field, answer)
    address.updated_at = at or timezone.now()
    address.save()
    note_event(person, AccountEvent.Verb.ADDRESS_SAVED, by=by, detail=_kind_for(person, address), at=at)
    if not person.profile_complete and is_complete(person):
        person.profile_complete = user.profile_complete = True
        person.save(update_fields=["profile_complete"])
    return address


@transaction.atomic
def remove_address(address: Address, *, by: User, at: datetime | None = None) -> None:
    """Forget an address. AddressRefused for the last one where the office requires one."""
    person = _person_to_change(address.user, by=by)
    required = address_rule(person) == ProfilePolicy.Rule.REQUIRED
    if required and not person.addresses.exclude(pk=address.pk).exists():
        raise AddressRefused(
            _("The parking office needs one address. Use Edit to change it, or add another one first."), code="last"
        )
    note_event(person, AccountEvent.Verb.ADDRESS_REMOVED, by=by, detail=_kind_for(person, address), at=at)
    address.delete()


def _person_to_change(user: User, *, by: User) -> User:
    """The person's row, locked: two saves at once are one after the other."""
    person = User.objects.select_for_update().get(pk=user.pk)
    if by == person and address_rule(person) == ProfilePolicy.Rule.READ_ONLY:
        raise AddressRefused(_("Only the parking office can change this."), code="read-only")
    return person


def _kind_for(person: User, address: Address) -> str:
    with override(person.language):
        return str(Address.Kind(address.kind).label)
