"""How a session finds its user."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import QuerySet

from accounts.models import User
from opscom.lib.prepared import prepared


@prepared
def _users(key: int) -> QuerySet[User]:
    return User.objects.select_related("membership__company", "user_type").filter(pk=key)


class PortalBackend(AuthenticationBackend):
    """allauth's login by e-mail. A session's user comes with the company membership, which every page's menu asks for,
    and with the user type, which may require a second factor."""

    def get_user(self, user_id: Any) -> User | None:
        user = next(iter(_users(User._meta.pk.to_python(user_id))), None)
        return user if user and self.user_can_authenticate(user) else None
