"""Features that an office switches off: then there is no page and no endpoint."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase

from opscom.lib.office import office

View = Callable[..., HttpResponseBase]


def only_with(setting: str) -> Callable[[View], View]:
    """A decorator of views that answer 404 where that setting of the office is off."""

    def decorator(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not getattr(office(), setting):
                raise Http404
            return view(request, *args, **kwargs)

        return guarded

    return decorator
