"""How a session finds its user."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Permission
from django.db.models import QuerySet

from accounts.models import User
from opscom.lib.prepared import prepared


@prepared
def _users(key: int) -> QuerySet[User]:
    return User.objects.select_related("membership__company", "user_type").filter(pk=key)


def _rights(user: User) -> QuerySet[Permission, tuple[str, str]]:
    rights = Permission.objects.order_by().values_list("content_type__app_label", "codename")
    return rights.filter(group__user=user).union(rights.filter(user=user))


class PortalBackend(AuthenticationBackend):
    """allauth's login by e-mail. A session's user comes with the company membership, which every page's menu asks for,
    and with the user type, which may require a second factor; what staff may do is one query."""

    def get_user(self, user_id: Any) -> User | None:
        user = next(iter(_users(User._meta.pk.to_python(user_id))), None)
        return user if user and self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Django asks for those of the groups and for the person's own apart; here they are read together."""
        plain = user_obj.is_active and not user_obj.is_superuser and obj is None
        if plain and not hasattr(user_obj, "_perm_cache"):
            user_obj._perm_cache = {f"{app}.{name}" for app, name in _rights(user_obj)}
        rights: set[str] = super().get_all_permissions(user_obj, obj)
        return rights
