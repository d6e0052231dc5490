"""What stands before every page of lockers."""

from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from accounts.current import current_user
from opscom.lib.office import office
from opscom.lib.switches import View, only_with


def lockers_on(view: View) -> View:
    """Where the office has lockers, and somebody is signed in."""
    return login_required(only_with("lockers_enabled")(view))


def disclaimer_first(view: View) -> View:
    """The Locker Disclaimer comes before what is on sale, once a person."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponseBase:
        if office().locker_disclaimer and current_user(request).locker_disclaimer_at is None:
            return redirect("lockers:disclaimer")
        return view(request, *args, **kwargs)

    return guarded
