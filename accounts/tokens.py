"""The token in the links that set a password."""

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from django.contrib.auth.base_user import AbstractBaseUser


class PasswordTokenGenerator(EmailAwarePasswordResetTokenGenerator):
    """Single-use because the password is in the hash, and alive through a login: in auto-login mode the person is logged
    in before the link is followed, so the time of the last login must not be part of it."""

    def _make_hash_value(self, user: AbstractBaseUser, timestamp: int) -> str:
        return f"{user.pk}{user.password}{user.email}{timestamp}"  # type: ignore[attr-defined]
