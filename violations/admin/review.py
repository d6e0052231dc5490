"""The page on which an appeal is decided: ticket, photos, evidence, history, and what each decision means in money."""

from datetime import datetime
from typing import Any, NamedTuple

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import CharField, OuterRef, Subquery, Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.current import current_user
from opscom.lib.dates import today
from opscom.lib.office import office
from violations.errors import AppealRefused
from violations.forms.appeals import DecisionForm
from violations.models import Appeal, Violation, ViolationEvent
from violations.services.appeals.deciding import ask_for_more, decide_appeal, first_of, judge_reviewer, preview_decision
from violations.services.appeals.evidence import can_be_opened
from violations.services.appeals.money import DecisionQuote

EARLIER = 10
TICKET, APPEAL = "ticket", "appeal"


class Happened(NamedTuple):
    """One line of the history: of the ticket or of the appeal, when, by whom, from which state to which, and why."""

    of: str
    at: datetime
    by: int | None
    first_name: str | None
    last_name: str | None
    from_state: str
    to_state: str
    reason: str

    @property
    def what(self) -> str:
        """From which state to which, in words; at the beginning only the first one."""
        words = dict((Violation if self.of == TICKET else Appeal).State.choices)
        return " → ".join(str(words.get(state, state)) for state in (self.from_state, self.to_state) if state)


def review_page(of: admin.ModelAdmin, request: HttpRequest, appeal: Appeal) -> HttpResponse:
    """Look, ask, preview, decide. The first press shows the money, the second decides just that."""
    may_decide = of.has_change_permission(request)
    if not may_decide and (request.method == "POST" or not of.has_view_permission(request)):
        raise PermissionDenied
    form, quote = DecisionForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            if _carry_out(request, appeal, form):
                return redirect("admin:violations_appeal_changelist")
            form = _with_canned_text(appeal, form)
            quote = _preview(request, appeal, form)
        except AppealRefused as refusal:
            messages.error(request, refusal.message)
    context = {
        **admin.site.each_context(request),
        **_about(request, appeal),
        "opts": of.opts,
        "title": _("Appeal of ticket %(number)s") % {"number": appeal.violation.number},
        "form": form if may_decide and appeal.is_running else None,
        "quote": quote,
    }
    return render(request, "violations/office/appeal.html", context)


def _carry_out(request: HttpRequest, appeal: Appeal, form: DecisionForm) -> bool:
    """Ask or decide, where that button was pressed; False for a look at the money."""
    said, by = form.cleaned_data, current_user(request)
    if "ask" in request.POST:
        ask_for_more(appeal, question=said["response"], by=by)
        messages.success(request, _("%(name)s is asked by e-mail.") % {"name": appeal.appellant})
        return True
    if "decide" not in request.POST:
        return False
    if not said["decision"]:
        raise AppealRefused(_("Choose a decision first."), code="decision")
    decide_appeal(
        appeal,
        decision=said["decision"],
        amount=said["amount"],
        response=said["response"],
        by=by,
        expected=(said["owed"], said["back"]),
    )
    messages.success(request, _("The appeal of ticket %(number)s is decided.") % {"number": appeal.violation.number})
    return True


def _preview(request: HttpRequest, appeal: Appeal, form: DecisionForm) -> DecisionQuote:
    said = form.cleaned_data
    if not said["decision"]:
        raise AppealRefused(_("Choose a decision first."), code="decision")
    return preview_decision(appeal, decision=said["decision"], amount=said["amount"], by=current_user(request))


def _with_canned_text(appeal: Appeal, form: DecisionForm) -> DecisionForm:
    """The canned text before what is typed, in the language of whoever appealed."""
    canned = form.cleaned_data["canned"]
    if not canned:
        return form
    with override(appeal.reader_language):
        text = canned.text
    response = f"{text}\n\n{form.cleaned_data['response']}".strip()
    filled = DecisionForm({**dict(form.data.items()), "response": response, "canned": ""})
    filled.full_clean()
    return filled


def _about(request: HttpRequest, appeal: Appeal) -> dict[str, Any]:
    violation, by = appeal.violation, appeal.decide_by(office().appeal_answer_days)
    files, first, happened = list(appeal.files.all()), first_of(appeal), _history(appeal)
    for file in files:
        file.opens = can_be_opened(file)  # type: ignore[attr-defined]
    return {
        "appeal": appeal,
        "violation": violation,
        "charge": violation.charge,
        "photos": list(violation.photos.all()),
        "files": files,
        "history": happened,
        "earlier": _earlier(violation),
        "first": first,
        "answer_by": today(by) if by else None,
        "barred": _why_barred(request, appeal, happened, first),
        "letter": reverse("violations:appeal_letter", args=[appeal.code]) if appeal.is_decided else "",
    }


def _why_barred(request: HttpRequest, appeal: Appeal, happened: list[Happened], first: Appeal | None) -> str:
    writers = {event.by for event in happened if event.of == TICKET and not event.from_state}
    try:
        judge_reviewer(appeal, by=current_user(request), writers=writers, first=first)
    except AppealRefused as refusal:
        return refusal.message
    return ""


def _history(appeal: Appeal) -> list[Happened]:
    """What happened to the ticket and to the appeal, in one query."""
    columns = ("at", "by", "by__first_name", "by__last_name", "from_state", "to_state", "reason")
    sources = ((TICKET, ViolationEvent.objects.filter(violation=appeal.violation_id)), (APPEAL, appeal.events.all()))
    ticket, own = (
        rows.order_by().annotate(of=Value(of, CharField())).values_list("of", *columns) for of, rows in sources
    )
    return [Happened(*row) for row in ticket.union(own, all=True).order_by("at")]


def _earlier(violation: Violation) -> list[Violation]:
    """Other tickets of the same plate, with how their newest appeal stands; the newest first."""
    if not violation.plate:
        return []
    same = Violation.objects.filter(plate=violation.plate, plate_region=violation.plate_region).exclude(pk=violation.pk)
    newest = Appeal.objects.handed_in().filter(violation=OuterRef("pk")).order_by("-level").values("state")[:1]
    found: list[Any] = list(
        same.select_related("offence").annotate(appealed=Subquery(newest)).order_by("-issued_at")[:EARLIER]
    )
    for ticket in found:
        ticket.appeal_word = Appeal.State(ticket.appealed).label if ticket.appealed else ""
    return found
