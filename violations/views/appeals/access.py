"""Who may see an appeal: whoever appeals, in their account or in the browser that began it or opened its link; and staff
with the right, once it is handed in. Neither whoever owes the ticket nor whoever has its PIN."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase

from opscom.lib.office import office
from violations.models import Appeal, Violation

SESSION_KEY = "opened_appeals"
REMEMBERED = 20
VIEW_RIGHT = "violations.view_appeal"


def appeals_on(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """No page where the office takes no appeals."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not office().appeals_enabled:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def remember_appeal(request: HttpRequest, code: str) -> None:
    """This browser has begun the appeal of a guest, or opened its link."""
    opened = [known for known in request.session.get(SESSION_KEY, []) if known != code]
    request.session[SESSION_KEY] = [*opened, code][-REMEMBERED:]


def draft_of_guest(request: HttpRequest, violation: Violation) -> Appeal | None:
    """What this browser has begun for the ticket, and not handed in."""
    drafts = Appeal.objects.filter(violation=violation, user=None, state=Appeal.State.DRAFT)
    return drafts.filter(code__in=request.session.get(SESSION_KEY, [])).first()


def appeal_or_404(request: HttpRequest, code: str) -> Appeal:
    """The appeal, for whoever appeals."""
    appeal = _find(code)
    if appeal is None or not is_mine(request, appeal):
        raise Http404
    return appeal


def visible_or_404(request: HttpRequest, code: str) -> Appeal:
    """The appeal, for whoever appeals and for the office."""
    appeal = _find(code)
    if appeal is None or not (is_mine(request, appeal) or _is_office(request, appeal)):
        raise Http404
    return appeal


def is_mine(request: HttpRequest, appeal: Appeal) -> bool:
    """Whether this visitor appeals."""
    if appeal.user_id:
        return appeal.user_id == request.user.pk
    return appeal.code in request.session.get(SESSION_KEY, [])


def _is_office(request: HttpRequest, appeal: Appeal) -> bool:
    return request.user.is_staff and request.user.has_perm(VIEW_RIGHT) and not appeal.is_draft


def _find(code: str) -> Appeal | None:
    related = ("user", "violation__offence", "violation__lot", "violation__charge")
    return Appeal.objects.filter(code=code).select_related(*related).first()
