"""What guards the accounts of the demo: a password changed, a second factor of another person, an address on its way."""

import hashlib
from datetime import timedelta

from accounts.models import AccountEvent, EmailChange, User
from accounts.services.email_change import GOOD_FOR, mask_address
from accounts.services.history import note_event
from opscom.management.demo.world import World

Verb = AccountEvent.Verb


def guard_accounts(world: World) -> None:
    """Events of the kind that people find in their History, and one change of address that waits for its confirmations."""
    _events(world, world.login("resident"), {Verb.PASSWORD_CHANGED: 96})
    _events(world, world.login("resident.fr"), {Verb.PASSWORD_CHANGED: 210, Verb.SESSIONS_ENDED: 41})
    careful = next(user for user in world.people if user.profile_complete and user.is_active)
    User.objects.filter(pk=careful.pk).update(second_factor=True)
    _events(world, careful, {Verb.SECOND_FACTOR_ON: 120, Verb.CODES_REFUSED: 33})
    _move_house(world, world.login("employee"))


def _events(world: World, user: User, days_ago: dict[Verb, int]) -> None:
    for verb, days in days_ago.items():
        note_event(user, verb, by=None if verb == Verb.CODES_REFUSED else user, at=world.ago(days, 20, 15))


def _move_house(world: World, user: User) -> None:
    """Asked for this morning and confirmed at the old address; the e-mail to the new one is not opened yet."""
    at = world.now - timedelta(hours=2)
    new = f"home.{user.email}"
    EmailChange.objects.create(
        user=user,
        old=user.email,
        new=new,
        old_digest=hashlib.sha256(b"demo old").hexdigest(),
        new_digest=hashlib.sha256(b"demo new").hexdigest(),
        created_at=at,
        expires_at=at + GOOD_FOR,
        old_confirmed_at=at + timedelta(minutes=4),
    )
    note_event(user, Verb.EMAIL_CHANGE_STARTED, by=user, detail=mask_address(new), at=at)
