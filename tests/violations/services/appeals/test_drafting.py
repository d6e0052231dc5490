"""An appeal is begun, kept as a draft, handed in once, and answers the office."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Mail, User
from payments.models import Payment
from payments.services.attempts import resolve_payment
from tests.factories import make_appeal, make_checkout, make_user, make_violation
from tests.payments.conftest import begin, pay_at_provider
from violations.errors import AppealRefused
from violations.models import Appeal, Violation
from violations.services.appeals.deciding import ask_for_more
from violations.services.appeals.drafting import answer_question, begin_appeal, save_draft, submit_appeal

pytestmark = pytest.mark.django_db


def refusal(appeal: Appeal) -> str:
    with pytest.raises(AppealRefused) as refused:
        submit_appeal(appeal, by=appeal.user)
    return refused.value.code


def test_draft_is_one_and_kept(resident: User) -> None:
    appeal = make_appeal(resident, reason="Half a sent")
    again = begin_appeal(appeal.violation, user=resident, language="en")
    assert (again.pk, again.reason, again.state) == (appeal.pk, "Half a sent", "draft")


def test_submitted_it_is_under_review_and_an_email_confirms(resident: User) -> None:
    appeal = submit_appeal(make_appeal(resident), by=resident)
    assert [(event.from_state, event.to_state, event.by) for event in appeal.events.all()] == [
        ("draft", "submitted", resident)
    ]
    mail = Mail.objects.get(kind="appeal_received")
    number = appeal.violation.number
    assert (mail.to, mail.subject) == (resident.email, f"We have your appeal of ticket {number}")
    assert f"/appeals/{appeal.code}/" in mail.text
    with pytest.raises(AppealRefused):
        save_draft(appeal, reason="Something else")
    assert refusal(appeal) == "submitted"


def test_what_is_missing_is_said(resident: User) -> None:
    assert refusal(make_appeal(resident, reason=" \n")) == "reason"
    assert refusal(make_appeal(None)) == "email"


def test_draft_that_comes_too_late_stays_a_draft(resident: User) -> None:
    appeal = make_appeal(resident)
    Violation.objects.update(issued_at=timezone.now() - timedelta(days=15))
    assert (refusal(appeal), Appeal.objects.get().state) == ("late", "draft")


def test_second_person_cannot_appeal_what_is_appealed(resident: User, ticket: Violation) -> None:
    mine, theirs = make_appeal(resident, ticket), make_appeal(make_user(), ticket)
    submit_appeal(mine, by=resident)
    assert refusal(theirs) == "appealed"


def test_guest_gets_a_link_that_shows_how_it_stands() -> None:
    appeal = make_appeal(None, make_violation(), name="Robin", email="guest@example.test")
    submit_appeal(appeal, by=None)
    mail = Mail.objects.get(kind="appeal_received")
    assert (mail.to, mail.user, "/appeals/status/" in mail.text) == ("guest@example.test", None, True)
    assert "/appeals/status/…" in mail.shown_text


@pytest.mark.rule(32)
def test_payment_in_flight_wins_and_the_appeal_stays(resident: User) -> None:
    appeal = make_appeal(resident)
    payment = begin(make_checkout([appeal.violation.charge], resident))
    submit_appeal(appeal, by=resident)
    pay_at_provider(payment)
    assert resolve_payment(payment).state == Payment.State.CONFIRMED
    assert (Violation.objects.get().state, Appeal.objects.get().state) == ("paid", "submitted")


def test_question_of_the_office_is_answered(resident: User, staff: User) -> None:
    appeal = submit_appeal(make_appeal(resident), by=resident)
    with pytest.raises(AppealRefused):
        answer_question(appeal, text="Nobody asked", by=resident)
    ask_for_more(appeal, question="Which bay?", by=staff)
    assert "Which bay?" in Mail.objects.get(kind="appeal_question").text
    with pytest.raises(AppealRefused):
        answer_question(appeal, text=" ", by=resident)
    answered = answer_question(appeal, text="Bay 14.", by=resident)
    assert (answered.state, answered.answer) == ("submitted", "Bay 14.")
