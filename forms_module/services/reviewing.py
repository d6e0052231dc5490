"""The office approves, refuses, or asks for something else; each time with a comment that the person reads (FRM-1)."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from forms_module import emails
from forms_module.errors import FormRefused
from forms_module.models import Submission
from forms_module.services.answering import lock_submission
from opscom.lib.states import change_state

VERBS = {Submission.State.APPROVED: "approve", Submission.State.REFUSED: "refuse"}


@transaction.atomic
def decide_submission(
    submission: Submission, *, decision: str, comment: str, by: User, at: datetime | None = None
) -> Submission:
    """Approve or refuse, once; the person is mailed. A refusal says why."""
    at, comment = at or timezone.now(), comment.strip()
    submission = _lock_waiting(submission, by=by)
    if decision == Submission.State.REFUSED and not comment:
        raise FormRefused(_("Write why; the person reads it."), code="comment")
    change_state(submission, VERBS[Submission.State(decision)], by=by, at=at, reason=comment, decided_at=at)
    emails.send_decision(submission, comment=comment)
    return submission


@transaction.atomic
def ask_back(submission: Submission, *, comment: str, by: User, at: datetime | None = None) -> Submission:
    """Open it again for the person, who is mailed what the office wants."""
    at, comment = at or timezone.now(), comment.strip()
    submission = _lock_waiting(submission, by=by)
    if submission.state == Submission.State.ASKED:
        raise FormRefused(_("The person is asked already. Wait for the answer, or decide."), code="asked")
    if not comment:
        raise FormRefused(_("Write what you want to know."), code="comment")
    change_state(submission, "ask", by=by, at=at, reason=comment)
    emails.send_question(submission, comment=comment, at=at)
    return submission


def check_reviewer(submission: Submission, *, by: User) -> None:
    """FormRefused for one's own form, and for one that is decided."""
    if submission.user_id == by.pk:
        raise FormRefused(_("This is your own form. Somebody else must decide on it."), code="own")
    if submission.state not in Submission.WAITING:
        raise FormRefused(
            _("This form is not to be decided: %(state)s.") % {"state": submission.get_state_display()}, code="decided"
        )


def _lock_waiting(submission: Submission, *, by: User) -> Submission:
    submission = lock_submission(submission)
    check_reviewer(submission, by=by)
    return submission
