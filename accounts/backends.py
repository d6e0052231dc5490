"""How a session finds its user."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from accounts.models import User


class PortalBackend(AuthenticationBackend):
    """allauth's login by e-mail. A session's user comes with the company membership, which every page's menu asks for,
    and with the user type, which may require a second factor."""

    def get_user(self, user_id: Any) -> User | None:
        user = User.objects.select_related("membership__company", "user_type").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
