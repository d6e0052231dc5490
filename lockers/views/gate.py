"""What stands before every page of lockers."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.current import current_user
from opscom.lib.office import office

View = Callable[..., HttpResponse]


def lockers_on(view: View) -> View:
    """Where the office has lockers, and somebody is signed in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        if not office().lockers_enabled:
            raise Http404
        return view(request, *args, **kwargs)

    return login_required(guarded)


def disclaimer_first(view: View) -> View:
    """The Locker Disclaimer comes before what is on sale, once a person."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        if office().locker_disclaimer and current_user(request).locker_disclaimer_at is None:
            return redirect("lockers:disclaimer")
        return view(request, *args, **kwargs)

    return guarded
