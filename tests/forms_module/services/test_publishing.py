"""What the office works on becomes a version."""

import pytest

from forms_module.errors import FormRefused
from forms_module.services.publishing import publish_form
from tests.factories import make_form, make_submission

pytestmark = pytest.mark.django_db


def test_published_version_never_changes() -> None:
    form = make_form({"key": "day", "label": "Day"}, {"key": "van", "label": "Van"})
    submission = make_submission(form, day="Monday")
    form.fields.filter(version=None, key="day").update(label="Which day", position=9)
    form = publish_form(form)
    versions = {n: list(form.fields.filter(version=n).values_list("key", "label")) for n in (1, 2)}
    assert versions == {1: [("day", "Day"), ("van", "Van")], 2: [("van", "Van"), ("day", "Which day")]}
    submission.refresh_from_db()
    assert (submission.version, submission.answers) == (1, {"day": "Monday"})


@pytest.mark.parametrize(
    ("questions", "fields", "code"),
    [
        ([], {}, "empty"),
        ([{"kind": "vehicle"}], {"public": True}, "personal"),
        ([{"kind": "file"}], {"public": True}, "personal"),
    ],
)
def test_form_that_nobody_could_answer_is_not_published(questions: list, fields: dict, code: str) -> None:
    form = make_form(*questions, publish=False, **fields)
    form.fields.exclude(kind__in=[question["kind"] for question in questions]).delete()
    with pytest.raises(FormRefused) as refusal:
        publish_form(form)
    form.refresh_from_db()
    assert (refusal.value.code, form.version) == (code, 0)


def test_form_without_a_change_is_not_published_again() -> None:
    with pytest.raises(FormRefused) as refusal:
        publish_form(make_form())
    assert refusal.value.code == "same"
