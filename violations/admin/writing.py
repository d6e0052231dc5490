"""Write a ticket on the lot: plate first, what is known of it, then the rest; without a line it waits on the phone."""

from typing import Any
from uuid import uuid4

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.current import current_user
from opscom.lib.errors import PortalError
from permits.services.plate_check import check_plate, record_check
from violations.admin.checking import LOT, CheckForm, shown_answer
from violations.errors import TicketDoubted
from violations.forms.quick import QuickTicketForm
from violations.models import Violation
from violations.papers.ticket import ticket_pdf
from violations.services.quick import courtesy_of, spared_because, write_quickly

PAGE = "admin:violations_violation_write"
SHOWN = 5
GIVEN = ("plate", "plate_region", "lot")
TITLE = gettext_lazy("Write a ticket")


def write_page(request: HttpRequest) -> HttpResponse:
    """The form. A POST with `check` only looks the plate up; any other writes the ticket, and answers a script in JSON."""
    if not request.user.has_perm("violations.add_violation"):
        raise PermissionDenied
    if request.method != "POST":
        given = {name: request.GET[name] for name in GIVEN if name in request.GET}
        form = QuickTicketForm(initial={"lot": request.session.get(LOT), "key": uuid4()} | given)
        return _page(request, form)
    if "check" in request.POST:
        return _checked(request)
    form = QuickTicketForm(request.POST, request.FILES)
    doubts: list[str] = []
    if form.is_valid():
        try:
            return _written(request, _write(request, form))
        except TicketDoubted as doubt:
            doubts = doubt.doubts
        except PortalError as refusal:
            form.add_error(None, refusal.message)
    if request.accepts("text/html"):
        return _page(request, form, doubts=doubts)
    said = [
        f"{form.fields[name].label}: {text}" if name in form.fields else text
        for name, texts in form.errors.items()
        for text in texts
    ]
    return JsonResponse({"doubts": doubts} if doubts else {"errors": said})


def print_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The paper for the windscreen."""
    if not request.user.has_perm("violations.add_violation"):
        raise PermissionDenied
    violation = Violation.objects.select_related("offence", "lot", "charge").filter(pk=pk).first()
    if violation is None:
        return redirect(PAGE)
    return HttpResponse(
        ticket_pdf(violation),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{violation.number}.pdf"'},
    )


def _write(request: HttpRequest, form: QuickTicketForm) -> Violation:
    lot = form.cleaned_data["lot"]
    if lot and request.session.get(LOT) != lot.pk:
        request.session[LOT] = lot.pk
    return write_quickly(
        form.instance,
        key=form.cleaned_data["key"],
        photos=form.cleaned_data["photos"],
        by=current_user(request),
        warning=form.cleaned_data["warning"],
        sure=form.cleaned_data["sure"],
        towing=form.cleaned_data["towing"],
    )


def _written(request: HttpRequest, violation: Violation) -> HttpResponse:
    address = reverse("admin:violations_violation_print", args=[violation.pk])
    if not request.accepts("text/html"):
        return JsonResponse({"number": violation.full_number, "print": address})
    text = _("Ticket %(number)s is written. Print it, or hand out the number with its last two characters, the PIN.")
    messages.success(request, text % {"number": violation.full_number})
    return redirect(PAGE)


def _checked(request: HttpRequest) -> HttpResponse:
    """What is known of the plate, above the form with what was typed so far."""
    asked = CheckForm(
        {
            "plate": request.POST.get("plate", ""),
            "lot": request.POST.get("lot", ""),
            "region": request.POST.get("plate_region", ""),
        }
    )
    typed = {name: request.POST[name] for name in QuickTicketForm.base_fields if name in request.POST}
    form = QuickTicketForm(initial=typed | {"key": uuid4(), "issued_at": None})
    if not asked.is_valid():
        form = QuickTicketForm(request.POST)
        form.errors.clear()
        form.add_error("plate", asked.errors.get("plate") or _("Enter the plate, for example CKRT 418."))
        return _page(request, form)
    known = asked.cleaned_data
    answer = check_plate(known["plate"], region=known["region"], lot=known["lot"])
    record_check(answer, by=current_user(request))
    result = shown_answer(request, answer)
    spared = spared_because(known["plate"], region=known["region"], lot=known["lot"], at=timezone.now())
    result["notes"] = [*spared, *filter(None, [courtesy_of(answer)]), *result["notes"]]
    return _page(request, form, result=result)


def _page(
    request: HttpRequest,
    form: QuickTicketForm,
    *,
    doubts: list[str] | None = None,
    result: dict[str, Any] | None = None,
) -> HttpResponse:
    own = Violation.objects.filter(officer=current_user(request)).order_by("-entered_at")
    context = {
        **admin.site.each_context(request),
        "title": TITLE,
        "form": form,
        "doubts": doubts,
        "result": result,
        "latest": own.select_related("offence")[:SHOWN],
    }
    return render(request, "violations/office/write.html", context)
