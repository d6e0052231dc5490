"""What people answered is forgotten after its time."""

from django.db.models import QuerySet

from forms_module.models import Submission, SubmissionEvent
from opscom.lib.append_only import rewriting_history


@rewriting_history()
def empty_forms(submissions: QuerySet[Submission]) -> None:
    """That a form was submitted, and what became of it, stays; what was answered does not, nor the office's comment."""
    SubmissionEvent.objects.filter(submission__in=submissions).update(reason="")
    submissions.update(name="", email="", answers={})


@rewriting_history()
def delete_drafts(drafts: QuerySet[Submission]) -> None:
    """What was begun and not handed in goes with its events."""
    drafts.delete()
