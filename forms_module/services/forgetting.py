"""What people answered is forgotten after its time."""

from django.db import transaction
from django.db.models import QuerySet

from forms_module.models import Submission, SubmissionEvent


@transaction.atomic
def empty_forms(submissions: QuerySet[Submission]) -> None:
    """That a form was submitted, and what became of it, stays; what was answered does not, nor the office's comment."""
    SubmissionEvent.objects.filter(submission__in=submissions).update(reason="")
    submissions.update(name="", email="", answers={})
