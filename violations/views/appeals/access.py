"""Who may see an appeal: whoever appeals, in their account or in the browser that began it or opened its link; and staff
with the right, once it is handed in. Neither whoever owes the ticket nor whoever has its PIN."""

from django.http import Http404, HttpRequest

from opscom.lib.opened import opened, remember
from opscom.lib.switches import only_with
from violations.models import Appeal, Violation

SESSION_KEY = "opened_appeals"
VIEW_RIGHT = "violations.view_appeal"
appeals_on = only_with("appeals_enabled")


def remember_appeal(request: HttpRequest, code: str) -> None:
    """This browser has begun the appeal of a guest, or opened its link."""
    remember(request, SESSION_KEY, code)


def draft_of_guest(request: HttpRequest, violation: Violation) -> Appeal | None:
    """What this browser has begun for the ticket, and not handed in."""
    drafts = Appeal.objects.filter(violation=violation, user=None, state=Appeal.State.DRAFT)
    return drafts.filter(code__in=opened(request, SESSION_KEY)).first()


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
    return appeal.code in opened(request, SESSION_KEY)


def _is_office(request: HttpRequest, appeal: Appeal) -> bool:
    return request.user.is_staff and request.user.has_perm(VIEW_RIGHT) and not appeal.is_draft


def _find(code: str) -> Appeal | None:
    related = ("user", "violation__offence", "violation__lot", "violation__charge")
    return Appeal.objects.filter(code=code).with_boot().select_related(*related).first()
