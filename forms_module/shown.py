"""What was answered, as people read it."""

from dataclasses import dataclass

from forms_module.kinds import kind_of
from forms_module.models import FormField, Submission


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


def _shown(row: FormField, submission: Submission) -> Shown:
    kept = submission.answers[row.key]
    file = kept["key"] if row.kind == "file" else ""
    return Shown(row.label, kind_of(row).words(row, kept), row.starts_page, file)
