"""Open a form, fill it in page by page, and hand it in (FRM-1)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import AccountUpload, User
from accounts.services.uploads import keep_file, take_uploads
from forms_module import emails
from forms_module.answer_form import AnswerForm, Answers, as_data, make_form, steps_of
from forms_module.errors import FormRefused
from forms_module.models import FormDefinition, FormField, Submission
from opscom.lib.append_only import rewriting_history
from opscom.lib.dates import written_moment
from opscom.lib.office import office
from opscom.lib.states import change_state


class PageMissing(FormRefused):
    """Something on an earlier page is not answered; `page` says on which."""

    code = "page"

    def __init__(self, message: str, page: int) -> None:
        super().__init__(message)
        self.page = page


def begin_submission(
    form: FormDefinition, *, user: User | None, language: str, at: datetime | None = None
) -> Submission:
    """A draft of the form as it is published now, or the one that this person has begun already. FormRefused where the form
    cannot be answered."""
    at = at or timezone.now()
    begun = Submission.objects.for_user(user).filter(form=form, state=Submission.State.DRAFT).first() if user else None
    if begun:
        return begun
    _check_open(form, at)
    if user and form.once:
        _check_first(form, user)
    try:
        with transaction.atomic():
            return Submission.objects.create(
                form=form, version=form.version, user=user, language=language, created_at=at
            )
    except IntegrityError:  # the same person's other tab was quicker
        return Submission.objects.get(form=form, user=user, state=Submission.State.DRAFT)


def questions_of(submission: Submission) -> list[FormField]:
    """The questions of the version that is answered."""
    return list(FormField.objects.filter(form=submission.form_id, version=submission.version))


def keep_documents(user: User, *, files: Mapping[str, UploadedFile], by: User) -> Answers:
    """Store files among the person's documents; answers what is kept of each. FileRefused names the file."""
    return {key: _document(keep_file(user, file=file, by=by)) for key, file in files.items()}


def _document(upload: AccountUpload) -> dict[str, str]:
    return {"key": upload.code, "text": upload.name}


def save_answers(submission: Submission, *, answers: Answers, name: str = "", email: str = "") -> Submission:
    """Keep what is answered so far, unless another tab has handed it in meanwhile: one statement looks and writes."""
    fields: dict[str, Any] = {"answers": answers}
    if submission.user_id is None and email:
        fields |= {"name": name, "email": email}
    if not Submission.objects.filter(pk=submission.pk, state__in=Submission.OPEN).update(**fields):
        raise _over()
    for field, value in fields.items():
        setattr(submission, field, value)
    return submission


@rewriting_history()
def discard_draft(submission: Submission) -> bool:
    """Delete what was begun; False where another tab has handed it in, or deleted it. The person's documents stay theirs."""
    begun = Submission.objects.select_for_update().filter(pk=submission.pk).first()
    if begun is None or not begun.is_draft:
        return False
    begun.delete()
    return True


@transaction.atomic
def submit_form(submission: Submission, *, by: User | None, at: datetime | None = None) -> Submission:
    """Hand it in: the office is mailed. All answers are judged once more, whatever page they came from. FormRefused says
    what is missing, or why it is too late."""
    at = at or timezone.now()
    submission = lock_submission(submission)
    if not submission.is_open:
        raise _over()
    if submission.is_draft:
        _check_open(submission.form, at)
        if submission.user and submission.form.once:
            _check_first(submission.form, submission.user)
    if submission.user is None and not submission.email:
        raise PageMissing(_("Enter your e-mail address: the answer goes there."), 1)
    rows = questions_of(submission)
    answers = _judge(submission, rows)
    change_state(submission, "submit", by=by, at=at, answers=answers, submitted_at=at, once=submission.form.once)
    _take_documents(submission, rows, at=at)
    emails.tell_office(submission, at=at)
    return submission


def lock_submission(submission: Submission) -> Submission:
    """The submission with its form and person, locked. FormRefused where it is gone."""
    locked = Submission.objects.select_for_update(of=("self",)).select_related("user", "form")
    found = locked.filter(pk=submission.pk).first()
    if found is None:  # another tab has deleted the draft
        raise _over()
    return found


def _judge(submission: Submission, rows: list[FormField]) -> Answers:
    """The answers without those that nothing calls for. PageMissing for the first that does not do."""
    known = {row.key: submission.answers[row.key] for row in rows if row.key in submission.answers}
    form: AnswerForm = make_form(rows, submission.user)(as_data(rows, known), known=known)
    if form.is_valid():
        return form.answers
    wrong = next(row for row in rows if row.key in form.errors)
    steps = steps_of(rows, submission.answers)
    page = next((number for number, step in enumerate(steps, 1) if wrong in step), len(steps))
    told = {"question": wrong.label, "why": form.errors[wrong.key][0]}
    raise PageMissing(_("“%(question)s”: %(why)s") % told, page)


def _take_documents(submission: Submission, rows: list[FormField], *, at: datetime) -> None:
    """What was handed in stays, also in the person's list of documents."""
    codes = [submission.answers[row.key]["key"] for row in rows if row.kind == "file" and row.key in submission.answers]
    if submission.user and codes:
        mine = AccountUpload.objects.for_user(submission.user).filter(code__in=codes)
        take_uploads(mine, by=submission.user, at=at)


def _check_open(form: FormDefinition, at: datetime) -> None:
    if form.is_open_at(at):
        return
    if form.closes_at and form.closes_at <= at:
        text = _("This form closed on %(moment)s. Questions? %(phone)s")
        told = {"moment": written_moment(form.closes_at), "phone": office().phone}
        raise FormRefused(text % told, code="closed")
    raise FormRefused(
        _("This form cannot be answered yet. Questions? %(phone)s") % {"phone": office().phone}, code="not-open"
    )


def _check_first(form: FormDefinition, user: User) -> None:
    earlier = Submission.objects.for_user(user).filter(form=form).filter(state__in=Submission.COUNTED)
    if earlier.exists():
        raise FormRefused(_("You have submitted this form already. See how it stands under Forms."), code="once")


def _over() -> FormRefused:
    return FormRefused(_("This form is submitted and can no longer be changed."), code="submitted")
