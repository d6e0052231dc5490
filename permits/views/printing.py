"""A permit on paper: Print, and what one does when the paper is lost."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.current import current_user
from accounts.models import User
from permits.errors import PermitRefused
from permits.models import HangTag, Permit, Reprint
from permits.services import printing, tags
from permits.verification import is_over


def on_paper(permit: Permit) -> dict[str, Any]:
    """What the permit's page shows of its copies; needs `permit_type`, plates fetched along, and whether it is `tagged`."""
    return {
        "printing": printing.standing_of(permit),
        "layouts": printing.layouts_of(permit.permit_type),
        "over": is_over(permit, timezone.now()),
        "tag": tags.open_tag(permit) if permit.tagged else None,  # type: ignore[attr-defined]
        "ways": tags.ways_of(permit.permit_type),
    }


@require_POST
@login_required
def print_permit(request: HttpRequest, code: str) -> HttpResponse:
    """Print: the next copy as a file, written into the print log (PRN-1 to PRN-4)."""
    permit = _permit(request, code)
    try:
        copy, pdf = printing.print_permit(
            permit,
            by=current_user(request),
            language=get_language() or "en",
            layout=request.POST.get("layout", ""),
        )
    except PermitRefused as error:
        messages.error(request, str(error))
        return redirect("permits:detail", permit.code)
    name = f"permit-{permit.number}.pdf" if copy.number == 1 else f"permit-{permit.number}-{copy.number}.pdf"
    disposition = content_disposition_header(True, name) or "attachment"
    return HttpResponse(pdf, content_type="application/pdf", headers={"Content-Disposition": disposition})


@require_POST
@login_required
def report_lost(request: HttpRequest, code: str) -> HttpResponse:
    """Lost or stolen: older copies are no longer good."""
    kind = Reprint.Kind.STOLEN if request.POST.get("kind") == "stolen" else Reprint.Kind.LOST
    done = _("It is noted: the copies printed so far are no longer good. Print a new one now.")
    return _change(request, code, lambda permit, by: printing.report_lost(permit, kind=kind, by=by), done)


@require_POST
@login_required
def ask_for_tag(request: HttpRequest, code: str) -> HttpResponse:
    """Have the office make the hang tag, to be picked up or posted."""
    way = HangTag.Way.POST if request.POST.get("way") == "post" else HangTag.Way.PICK_UP
    done = _("The office makes your hang tag. This page shows where it stands.")
    return _change(request, code, lambda permit, by: tags.ask_for_tag(permit, way=way, by=by), done)


def _change(request: HttpRequest, code: str, change: Callable[[Permit, User], object], done: str) -> HttpResponse:
    """Do it to the permit, and say so on its page, or why not."""
    permit = _permit(request, code)
    try:
        change(permit, current_user(request))
        messages.success(request, done)
    except PermitRefused as error:
        messages.error(request, str(error))
    return redirect("permits:detail", permit.code)


def _permit(request: HttpRequest, code: str) -> Permit:
    permits = Permit.objects.for_user(request.user).select_related("holder", "lot", "permit_type", "window")
    permit: Permit = get_object_or_404(permits, code=code)
    return permit
