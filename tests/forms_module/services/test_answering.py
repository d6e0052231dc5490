"""Open, fill in, submit."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Mail, User
from forms_module.errors import FormRefused
from forms_module.models import FormDefinition, Submission
from forms_module.services.answering import begin_submission, save_answers, submit_form
from forms_module.services.publishing import publish_form
from forms_module.services.reviewing import decide_submission
from tests.factories import make_form, make_submission, make_user, make_vehicle

pytestmark = pytest.mark.django_db


def test_submitting_mails_the_forms_address_once_with_a_link(resident: User) -> None:
    submission = make_submission(make_form(), resident)
    with pytest.raises(FormRefused) as refusal:
        submit_form(submission, by=resident)  # the second click
    mail = Mail.objects.get()
    assert (refusal.value.code, mail.to, mail.subject) == (
        "submitted",
        "forms@office.test",
        "Move-in help: submitted by Ada Reyes",
    )
    assert f"/admin/forms_module/submission/{submission.pk}/change/" in mail.text
    event = submission.events.get()
    assert (event.from_state, event.to_state, event.by) == ("draft", "submitted", resident)


def test_draft_of_an_older_version_keeps_its_version(resident: User) -> None:
    form = make_form()
    draft = begin_submission(form, user=resident, language="en")
    form.fields.filter(version=None).update(label="Reason")
    form = publish_form(form)
    again = begin_submission(form, user=resident, language="en")
    assert (form.version, again.pk, again.version) == (2, draft.pk, 1)
    save_answers(draft, answers={"why": "Van"})
    assert submit_form(draft, by=resident).version == 1
    assert begin_submission(form, user=resident, language="en").version == 2


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"closes_at": timezone.now() - timedelta(hours=1)}, "closed"),
        ({"opens_at": timezone.now() + timedelta(hours=1)}, "not-open"),
    ],
)
def test_form_is_answered_while_it_is_open(resident: User, fields: dict[str, Any], code: str) -> None:
    form = make_form()
    draft = begin_submission(form, user=resident, language="en")
    save_answers(draft, answers={"why": "Van"})
    FormDefinition.objects.filter(pk=form.pk).update(**fields)
    form.refresh_from_db()
    refused = []
    for attempt in (
        partial(submit_form, draft, by=resident),
        partial(begin_submission, form, user=make_user(), language="en"),
    ):
        with pytest.raises(FormRefused) as refusal:
            attempt()
        refused.append(refusal.value.code)
    assert refused == [code, code]


def test_one_per_person_counts_what_was_not_refused(resident: User, staff: User) -> None:
    form = make_form(once=True)
    first = make_submission(form, resident)
    with pytest.raises(FormRefused) as refusal:
        begin_submission(form, user=resident, language="en")
    assert refusal.value.code == "once"
    decide_submission(first, decision="refused", comment="The van is too long.", by=staff)
    assert make_submission(form, resident).state == Submission.State.SUBMITTED


def test_draft_that_was_begun_before_the_one_that_counts_is_refused(resident: User) -> None:
    """A form that becomes one per person after somebody has a submission and a draft."""
    form = make_form()
    make_submission(form, resident)
    draft = make_submission(form, resident, submit=False)
    FormDefinition.objects.filter(pk=form.pk).update(once=True)
    Submission.objects.update(once=True)
    with pytest.raises(FormRefused) as refusal:
        submit_form(draft, by=resident)
    assert refusal.value.code == "once"


def test_answers_are_judged_once_more_whatever_page_they_came_from(resident: User) -> None:
    mine, theirs = (make_vehicle(user).owner_links.get() for user in (resident, make_user()))
    form = make_form(
        {"key": "why", "label": "Why", "required": True},
        {"key": "car", "label": "Car", "kind": "vehicle", "starts_page": True},
    )
    draft = make_submission(form, resident, submit=False, car={"key": theirs.code, "text": "X"})
    told = []
    for answers in (
        {"car": {"key": mine.code, "text": "X"}},
        {"why": "Van", "car": {"key": theirs.code, "text": "X"}},
        {"why": "Van", "car": {"key": mine.code, "text": "X"}, "alien": "1"},
    ):
        save_answers(draft, answers=answers)
        try:
            told.append(sorted(submit_form(draft, by=resident).answers))
        except FormRefused as refusal:
            told.append([refusal.message, getattr(refusal, "page", 0)])
    assert told == [["“Why”: Fill this in.", 1], ["“Car”: Choose one of the list.", 2], ["car", "why"]]


def test_guest_says_where_the_answer_goes() -> None:
    draft = begin_submission(make_form(public=True), user=None, language="fr")
    save_answers(draft, answers={"why": "Van"})
    with pytest.raises(FormRefused) as refusal:
        submit_form(draft, by=None)
    assert refusal.value.code == "page"
    save_answers(draft, answers={"why": "Van"}, name="Jo", email="jo@example.test")
    assert submit_form(draft, by=None).answerer == "Jo"
