"""Whose request it is."""

from typing import cast

from django.http import HttpRequest

from accounts.models import User


def current_user(request: HttpRequest) -> User:
    """The request's user, where a decorator has seen to it that there is one."""
    return cast(User, request.user)
