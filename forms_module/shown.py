"""What was answered, as people read it."""

from dataclasses import dataclass

from forms_module.kinds import kind_of
from forms_module.models import FormField, Submission, SubmissionEvent


@dataclass(frozen=True)
class Shown:
    """A question and its answer; `file` is the code of an answered file."""

    question: str
    words: str
    starts_page: bool
    file: str = ""


def shown_answers(submission: Submission) -> list[Shown]:
    """Every question that was answered, in its order, in the reader's language."""
    rows = FormField.objects.filter(form=submission.form_id, version=submission.version)
    return [_shown(row, submission) for row in rows if row.key in submission.answers]


def office_words(submission: Submission) -> SubmissionEvent | None:
    """What the office wrote when it brought the answers where they are now; a question that was answered is over."""
    return submission.events.filter(to_state=submission.state).exclude(reason="").last()


def _shown(row: FormField, submission: Submission) -> Shown:
    kept = submission.answers[row.key]
    file = kept["key"] if row.kind == "file" else ""
    return Shown(row.label, kind_of(row).words(row, kept), row.starts_page, file)
