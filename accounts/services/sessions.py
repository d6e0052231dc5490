"""Where a person is logged in, and how that ends."""

from django.db.models import F

from accounts.models import User


def end_all_sessions(user: User) -> None:
    """Every browser and phone is logged out, whichever way it came in: no session's hash fits any more."""
    User.objects.filter(pk=user.pk).update(session_generation=F("session_generation") + 1)
    user.refresh_from_db(fields=["session_generation"])
