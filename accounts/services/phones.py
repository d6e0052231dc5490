"""Whose phone it is that texts the office.

The gateway vouches for the number that a text comes from; that the number is the account's own is shown once, by a text from
it with the code that stands in the person's profile. So nobody spends another's card by typing a number, and a mistyped number
gives a stranger nothing.
"""

from datetime import datetime

from django.core.cache import cache
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import AccountEvent, User
from accounts.services.history import note_event

SALT = "accounts.services.phones"
DAY = 24 * 60 * 60
TRIES = 5


def confirmation_code(user: User) -> str:
    """The six digits that a text from the person's phone has to say; another number has another code."""
    digest = salted_hmac(SALT, f"{user.pk}:{user.phone}", algorithm="sha256").hexdigest()
    return f"{int(digest, 16) % 10**6:06}"


def owner_of_number(number: str) -> User | None:
    """The person who has shown that the number is theirs, if it still stands in their profile."""
    return User.objects.filter(texts_from=number, phone=number, is_active=True).select_related("user_type").first()


def is_known_number(number: str) -> bool:
    """Somebody has written it into a profile."""
    return User.objects.filter(phone=number, is_active=True).exists()


def is_claimed_by_others(number: str, owner: User) -> bool:
    """Somebody else has written it into a profile: a number that has changed hands, perhaps."""
    return User.objects.filter(phone=number, is_active=True).exclude(pk=owner.pk).exists()


@transaction.atomic
def confirm_number(number: str, *, code: str, at: datetime) -> User | None:
    """A text from the number said this code: whose account it confirms, if any. One number parks for one account, the one
    that was confirmed last. After several wrong codes a day none is looked at."""
    claimed = User.objects.select_for_update(of=("self",), no_key=True).filter(phone=number, is_active=True)
    if cache.get(_misses(number), 0) >= TRIES:
        return None
    user = next(
        (found for found in claimed.order_by("pk") if constant_time_compare(confirmation_code(found), code)), None
    )
    if user is None:
        cache.add(_misses(number), 0, DAY)
        cache.incr(_misses(number))
        return None
    for other in User.objects.filter(texts_from=number).exclude(pk=user.pk):
        User.objects.filter(pk=other.pk).update(texts_from=None)
        note_event(other, AccountEvent.Verb.NUMBER_LEFT, at=at)
    if user.texts_from != user.phone:
        user.texts_from = user.phone
        user.save(update_fields=["texts_from"])
        note_event(user, AccountEvent.Verb.NUMBER_CONFIRMED, by=user, at=at)
    return user


def _misses(number: str) -> str:
    return f"text-code-misses:{number}"
