"""One form: filled in page by page, submitted, looked at afterwards (FRM-1)."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import AccountUpload
from accounts.services.uploads import note_view
from forms_module.errors import FormRefused
from forms_module.models import Submission
from forms_module.papers import submission_paper
from forms_module.services.answering import PageMissing, discard_draft, submit_form
from forms_module.shown import office_words, shown_answers
from forms_module.views.access import forms_on, mine_or_404, visible_or_404, visitor
from forms_module.views.step import DISCARD, SAVE, SUBMIT, Step
from opscom.lib.serving import PRIVATE, send_file


@require_http_methods(["GET", "HEAD", "POST"])
@forms_on
def answer(request: HttpRequest, code: str) -> HttpResponse:
    """The questions while the form is open to its person; afterwards what was answered, and what the office said."""
    submission = mine_or_404(request, code)
    if not submission.is_open:
        return redirect("forms:answer", code) if request.method == "POST" else _read(request, submission)
    if request.method == "POST" and request.POST.get("do") == DISCARD:
        return _discard(request, submission)
    step = Step(request, submission)
    if request.method == "POST":
        try:
            if step.save():
                return _go_on(request, step)
        except FormRefused as refusal:
            messages.error(request, refusal.message)
            return redirect(step.path(refusal.page) if isinstance(refusal, PageMissing) else step.path(step.number))
    asked = submission.events.last() if submission.state == Submission.State.ASKED else None
    return render(request, "forms_module/answer.html", {"step": step, "submission": submission, "asked": asked})


def _discard(request: HttpRequest, submission: Submission) -> HttpResponse:
    if not discard_draft(submission):
        return redirect("forms:answer", submission.code)
    messages.success(request, _("The draft is deleted."))
    return redirect("forms:list")


def _go_on(request: HttpRequest, step: Step) -> HttpResponse:
    """Submit, or another page of it."""
    if step.do == SUBMIT and step.is_last:
        submit_form(step.submission, by=visitor(request))
        messages.success(request, _("Your form was sent to the parking office. You get an e-mail when it is reviewed."))
        return redirect("forms:answer", step.submission.code)
    if step.do == SAVE:
        messages.success(request, _("Your draft is kept. It is not submitted yet."))
    return redirect(step.path_after)


def _read(request: HttpRequest, submission: Submission) -> HttpResponse:
    context = {
        "submission": submission,
        "answers": shown_answers(submission),
        "said": office_words(submission),
    }
    return render(request, "forms_module/submission.html", context)


@require_safe
@forms_on
def print_submission(request: HttpRequest, code: str) -> HttpResponse:
    """What was answered, as a PDF."""
    submission = visible_or_404(request, code)
    if submission.submitted_at is None:
        raise Http404
    headers = PRIVATE | {"Content-Disposition": f'inline; filename="form-{submission.code}.pdf"'}
    return HttpResponse(submission_paper(submission), content_type="application/pdf", headers=headers)


@require_safe
@forms_on
def show_file(request: HttpRequest, code: str, file: str) -> FileResponse:
    """A file of the answers, never shown by the browser in our name. Its owner notices when the office has looked."""
    submission = visible_or_404(request, code)
    kept = [each["key"] for each in submission.answers.values() if isinstance(each, dict)]
    uploads = AccountUpload.objects.for_user(submission.user).select_related("user")
    upload = get_object_or_404(uploads, code=file if file in kept else "")
    if not upload.is_open:
        raise Http404
    response, user = send_file(upload.file, name=upload.name, kind=upload.of_kind.content_type), visitor(request)
    if user and user != upload.user and request.method == "GET":
        note_view(upload, by=user)
    return response
