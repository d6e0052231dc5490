"""Approve, refuse, ask back."""

import pytest
from django.test import Client

from accounts.models import Mail, User
from forms_module.errors import FormRefused
from forms_module.services.answering import begin_submission, save_answers, submit_form
from forms_module.services.reviewing import ask_back, decide_submission
from forms_module.shown import office_words
from tests.factories import make_form, make_submission

pytestmark = pytest.mark.django_db


def test_person_is_asked_completes_the_form_and_reads_the_decision(resident: User, staff: User) -> None:
    submission = make_submission(make_form(), resident)
    asked = ask_back(submission, comment="Which day?", by=staff)
    with pytest.raises(FormRefused) as refusal:
        ask_back(asked, comment="Which day?", by=staff)
    assert refusal.value.code == "asked"
    save_answers(asked, answers={"why": "A van, on Monday"})
    submit_form(asked, by=resident)
    decided = decide_submission(submission, decision="approved", comment="See you then.", by=staff)
    assert [(event.to_state, event.reason) for event in decided.events.all()] == [
        ("submitted", ""),
        ("asked", "Which day?"),
        ("submitted", ""),
        ("approved", "See you then."),
    ]
    mails = Mail.objects.filter(user=resident).order_by("pk")
    assert [
        (mail.subject, comment in mail.text) for mail, comment in zip(mails, ("Which day?", "See you"), strict=True)
    ] == [
        ("Move-in help: the parking office asks", True),
        ("Move-in help: approved", True),
    ]
    with pytest.raises(FormRefused) as refusal:
        decide_submission(submission, decision="refused", comment="No.", by=staff)
    assert refusal.value.code == "decided"


def test_answered_question_does_not_stand_as_the_decision(resident: User, staff: User) -> None:
    asked = ask_back(make_submission(make_form(), resident), comment="Which day?", by=staff)
    heard = office_words(asked)
    again = submit_form(asked, by=resident)
    decided = decide_submission(again, decision="approved", comment="", by=staff)
    assert (heard.reason if heard else "", office_words(again), office_words(decided)) == ("Which day?", None, None)


def test_refusal_says_why_and_nobody_decides_on_their_own_form(resident: User, staff: User) -> None:
    codes = []
    for submission in (make_submission(make_form(), resident), make_submission(make_form(), staff)):
        with pytest.raises(FormRefused) as refusal:
            decide_submission(submission, decision="refused", comment=" ", by=staff)
        codes.append(refusal.value.code)
    assert codes == ["comment", "own"]


def test_guests_mail_is_in_their_language_and_opens_what_they_sent(staff: User) -> None:
    form = make_form(public=True, name_fr="Aide au déménagement")
    draft = begin_submission(form, user=None, language="fr")
    save_answers(draft, answers={"why": "Camion"}, name="Jo", email="jo@example.test")
    decide_submission(submit_form(draft, by=None), decision="refused", comment="Complet.", by=staff)
    mail = Mail.objects.get(to="jo@example.test")
    assert ("Aide au déménagement" in mail.subject, mail.language) == (True, "fr")
    path = "/forms/status/" + mail.text.split("/forms/status/")[1].split()[0]
    page = Client().get(path, follow=True).content.decode()
    assert ("Complet." in page, "Camion" in page) == (True, True)
    assert Client().get("/forms/status/made-up/").status_code == 404
