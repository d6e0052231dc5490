"""The review queue: what waits longest comes first; approve, refuse, or ask back."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timesince import timesince
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from accounts.finding import people_found
from forms_module.errors import FormRefused
from forms_module.kinds import UNPRINTABLE
from forms_module.models import LONGEST, Submission
from forms_module.services.reviewing import ask_back, check_reviewer, decide_submission
from forms_module.shown import shown_answers
from opscom.lib.finding import FindingAdmin


class ReviewForm(forms.Form):
    """What the office says about it."""

    comment = forms.CharField(
        label=_("Comment"),
        required=False,
        max_length=LONGEST,
        help_text=_("The person reads this. To approve, it may stay empty."),
        error_messages=UNPRINTABLE,
        widget=forms.Textarea(attrs={"rows": 5, "class": "vLargeTextField"}),
    )


class WaitingFilter(admin.SimpleListFilter):
    """What is to be reviewed comes first."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        states = [(str(state), label) for state, label in Submission.State.choices if state != Submission.State.DRAFT]
        return [("all", _("All")), *states]

    def choices(self, changelist: Any) -> Iterator[Any]:
        link = changelist.get_query_string
        first = link(remove=[self.parameter_name])
        yield {"selected": self.value() is None, "query_string": first, "display": _("To review")}
        for value, label in self.lookup_choices:
            chosen = link({self.parameter_name: value})
            yield {"selected": self.value() == str(value), "query_string": chosen, "display": label}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Submission]) -> QuerySet[Submission]:
        if self.value() is None:
            return queryset.filter(state=Submission.State.SUBMITTED)
        return queryset if self.value() == "all" else queryset.filter(state=self.value())


@admin.register(Submission)
class SubmissionAdmin(FindingAdmin):
    """Decisions go through the services alone."""

    list_display = ("form", "answerer_name", "submitted_at", "age", "state")
    list_filter = (WaitingFilter, "form")
    list_select_related = ("form", "user")
    list_per_page = 50
    search_fields = ("user__email",)
    search_help_text = _("Beginning of the person's name, e-mail address or number, or the form's code")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Submission]:
        """A draft is nobody's business."""
        return super().get_queryset(request).exclude(state=Submission.State.DRAFT).select_related("form", "user")

    def get_ordering(self, request: HttpRequest) -> Any:
        return (F("submitted_at").asc(nulls_last=True), "pk")

    def find(self, term: str) -> Iterable[Q]:
        yield Q(code=term.upper())
        yield Q(user__in=people_found(term))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("person"), ordering="user__last_name")
    def answerer_name(self, submission: Submission) -> str:
        return submission.answerer

    @admin.display(description=_("waits for"))
    def age(self, submission: Submission) -> str:
        if submission.state != Submission.State.SUBMITTED or submission.submitted_at is None:
            return "–"
        return timesince(submission.submitted_at, depth=1)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Everything that was answered on one page, and the decision beside it."""
        submission = self.get_object(request, object_id)
        if submission is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
        may_decide = self.has_change_permission(request)
        if not may_decide and (request.method == "POST" or not self.has_view_permission(request)):
            raise PermissionDenied
        form = ReviewForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid() and _carried_out(request, submission, form):
            return redirect("admin:forms_module_submission_changelist")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{submission.form}: {submission.answerer}",
            "submission": submission,
            "answers": shown_answers(submission),
            "events": submission.events.select_related("by", "acting"),
            "form": form if may_decide else None,
            "barred": _why_barred(request, submission),
        }
        return render(request, "forms_module/office/submission.html", context)


def _carried_out(request: HttpRequest, submission: Submission, form: ReviewForm) -> bool:
    """Do what the pressed button says; a refusal is told."""
    do, said = request.POST.get("do", ""), {"comment": form.cleaned_data["comment"], "by": current_user(request)}
    try:
        if do == "ask":
            ask_back(submission, **said)
        elif do in (Submission.State.APPROVED, Submission.State.REFUSED):
            decide_submission(submission, decision=do, **said)
        else:
            return False
    except FormRefused as refusal:
        messages.error(request, refusal.message)
        return False
    name = {"name": submission.answerer, "form": submission.form}
    messages.success(request, gettext("%(form)s: %(name)s is told by e-mail.") % name)
    return True


def _why_barred(request: HttpRequest, submission: Submission) -> str:
    try:
        check_reviewer(submission, by=current_user(request))
    except FormRefused as refusal:
        return refusal.message
    return ""
