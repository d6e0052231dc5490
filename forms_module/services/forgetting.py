"""What people answered is forgotten after its time."""

from django.db.models import QuerySet
from django.utils import timezone

from forms_module.models import Submission, SubmissionEvent
from opscom.lib.append_only import rewriting_history
from opscom.lib.states import change_state

NOT_DECIDED = "nobody decided it"


@rewriting_history()
def empty_forms(submissions: QuerySet[Submission]) -> None:
    """That a form was submitted, and what became of it, stays; what was answered does not, nor the office's comment."""
    SubmissionEvent.objects.filter(submission__in=submissions).update(reason="")
    submissions.update(name="", email="", answers={})


def refuse_undecided(submissions: QuerySet[Submission]) -> None:
    """What nobody decided for the office's time ends, each by itself, and what was answered goes. Who asked is not written to
    after years."""
    for pk in submissions.order_by("pk").values_list("pk", flat=True):
        _refuse_undecided(submissions.filter(pk=pk))


@rewriting_history()
def _refuse_undecided(alone: QuerySet[Submission]) -> None:
    submission = alone.select_for_update(of=("self",)).first()
    if submission is None:  # decided meanwhile
        return
    empty_forms(Submission.objects.filter(pk=submission.pk))
    at = timezone.now()
    change_state(submission, "refuse", at=at, reason=NOT_DECIDED, decided_at=at)


@rewriting_history()
def delete_drafts(drafts: QuerySet[Submission]) -> None:
    """What was begun and not handed in goes with its events."""
    drafts.delete()
