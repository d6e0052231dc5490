"""What was submitted to a form, as a table: a column for each question that any version asked."""

from collections.abc import Iterator
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from forms_module.kinds import kind_of
from forms_module.models import FormDefinition, FormField, Submission
from opscom.lib.spreadsheets import Row, harmless


def submitted_rows(form: FormDefinition) -> Iterator[Row]:
    """The heading, then a row each, the oldest first; two queries. A question is headed as its newest version words it."""
    asked = list(form.fields.filter(version__isnull=False).order_by("-version", "position", "pk"))
    questions = {(row.version, row.key): row for row in asked}
    heads: dict[str, str] = {}
    for row in asked:
        heads.setdefault(row.key, row.label)
    yield [_("Code"), _("Submitted"), _("Version"), _("Person"), _("Email"), _("State"), *map(harmless, heads.values())]
    submitted = Submission.objects.filter(form=form).handed_in().select_related("user").order_by("submitted_at", "pk")
    for submission in submitted.iterator():
        yield [*_about(submission), *(_cell(questions, submission, key) for key in heads)]


def _about(submission: Submission) -> Row:
    at = timezone.localtime(submission.submitted_at).isoformat(" ", "minutes") if submission.submitted_at else ""
    return [
        submission.code,
        at,
        Decimal(submission.version),
        harmless(submission.answerer),
        harmless(submission.address),
        str(submission.get_state_display()),
    ]


def _cell(questions: dict[tuple[int | None, str], FormField], submission: Submission, key: str) -> str | Decimal:
    row, kept = questions.get((submission.version, key)), submission.answers.get(key)
    if row is None or kept is None:
        return ""
    return Decimal(kept) if row.kind == "number" else harmless(kind_of(row).words(row, kept))
