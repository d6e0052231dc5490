"""The messages of forms (FRM-1)."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from accounts.models.mail import MailKind
from accounts.services.mail import queue_mail, queue_mail_to
from forms_module.links import page_of
from forms_module.models import Submission


def tell_office(submission: Submission, *, at: datetime) -> None:
    """It is handed in, if the office named an address for this form."""
    if not submission.form.notify_email:
        return
    queue_mail(
        MailKind.FORM_SUBMITTED,
        to=submission.form.notify_email,
        language="en",
        key=f"form:{submission.code}:submitted:{at:%Y%m%d%H%M%S}",
        context={
            "submission": submission,
            "form_name": submission.form.name_en,  # type: ignore[attr-defined]
            "action_url": settings.BASE_URL + reverse("admin:forms_module_submission_change", args=[submission.pk]),
        },
    )


def send_question(submission: Submission, *, comment: str, at: datetime) -> None:
    """The office wants something else; the form is open again."""
    _send(submission, MailKind.FORM_ASKED, f"asked:{at:%Y%m%d%H%M%S}", comment)


def send_decision(submission: Submission, *, comment: str) -> None:
    """Approved or refused, and what the office says about it."""
    _send(submission, MailKind.FORM_DECIDED, "decided", comment)


def _send(submission: Submission, kind: MailKind, what: str, comment: str) -> None:
    """To whoever answered, with an account or without."""
    language = submission.reader_language
    around = {
        "submission": submission,
        "form_name": getattr(submission.form, f"name_{language}") or submission.form.name,
        "comment": comment,
        "action_url": page_of(submission),
    }
    key = f"form:{submission.code}:{what}"
    if submission.user:
        queue_mail_to(submission.user, kind, key=key, context=around)
    else:
        queue_mail(kind, to=submission.email, language=language, key=key, context={"name": submission.name, **around})
