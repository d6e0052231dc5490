"""Two tabs of one person on PostgreSQL, each race with what happens without the lock."""

import threading
from collections import Counter
from functools import partial

import pytest

from accounts.models import Mail
from forms_module.models import FormField, Submission
from forms_module.services import answering
from forms_module.services.answering import begin_submission, questions_of, submit_form
from tests.factories import make_form, make_submission, make_user
from tests.together import all_at_once, without_row_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def test_two_tabs_open_one_draft_of_a_form() -> None:
    form, user = make_form(), make_user()
    drafts = all_at_once([partial(begin_submission, form, user=user, language="en") for _tab in range(5)])
    assert {type(draft) for draft in drafts} == {Submission}
    assert Submission.objects.count() == 1


def submit_five_times() -> Counter[str]:
    draft = make_submission(submit=False)
    answers = all_at_once([partial(submit_form, draft, by=draft.user) for _tab in range(5)])
    return Counter(type(answer).__name__ for answer in answers)


def test_two_tabs_submit_a_form_once() -> None:
    assert submit_five_times() == {"Submission": 1, "FormRefused": 4}
    assert (Submission.objects.get().events.count(), Mail.objects.count()) == (1, 1)


def test_without_the_lock_a_form_is_submitted_more_than_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: everybody has looked before anybody writes."""
    barrier = threading.Barrier(5)

    def look(submission: Submission) -> list[FormField]:
        rows = questions_of(submission)
        barrier.wait(20)
        return rows

    without_row_locks(monkeypatch)
    monkeypatch.setattr(answering, "questions_of", look)
    assert submit_five_times() == {"Submission": 5}
