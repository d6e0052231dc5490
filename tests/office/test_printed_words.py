"""The office's own words on paper: in the letter and on the permit, tried as a PDF, and never the reason that one is not drawn."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from accounts.models import User, Wording
from accounts.services.wordings import WordingRefused, check_words, printed, save_wording
from accounts.wordings.registry import Medium, Piece, all_pieces, piece_of
from opscom.lib.wording import compile_wording, samples_of
from permits.models import Permit
from permits.pdf import permit_pdf
from tests.accounts.test_admin import member_of
from tests.factories import make_appeal, make_lot, make_permit, make_vehicle, make_violation, make_window
from tests.payments.test_pdf import text_of
from violations.models import Appeal, LetterItem, Violation
from violations.papers.letters import appeal_letter, notice_letter
from violations.services.appeals.deciding import decide_appeal, preview_decision
from violations.services.appeals.drafting import submit_appeal

pytestmark = pytest.mark.django_db
PAPERS = [piece.key for piece in all_pieces() if piece.is_paper]
PREVIEW = "/admin/accounts/wording/text/{}/preview/"


def piece(key: str) -> Piece:
    found = piece_of(key)
    assert found is not None
    return found


@pytest.fixture
def ticket(resident: User) -> Violation:
    return make_violation(make_vehicle(resident, plate="CKRT418"), number="TT-10133", pin="3K")


@pytest.fixture
def permit(resident: User) -> Permit:
    found = make_permit(resident, make_window(make_lot(name="Lot C")))
    Permit.objects.filter(pk=found.pk).update(state="active")
    return Permit.objects.get(pk=found.pk)


def decided(ticket: Violation, resident: User, staff: User) -> Appeal:
    appeal = submit_appeal(make_appeal(resident, ticket), by=resident)
    appeal = Appeal.objects.select_related("violation__charge").get(pk=appeal.pk)
    quote = preview_decision(appeal, decision="upheld", by=staff)
    return decide_appeal(
        appeal, decision="upheld", response="The sign was there.", by=staff, expected=(quote.owed, quote.back)
    )


def letter(*tickets: Violation, language: str = "en", step: str = "overdue") -> str:
    items = [LetterItem(violation=row, name="Jo Poe", address="1 Main St", language=language) for row in tickets]
    return " ".join(text_of(notice_letter(items, step, at=timezone.now())).split())


def test_letters_and_permits_can_be_worded() -> None:
    assert [piece(key).medium for key in PAPERS].count(Medium.LETTER) == 6
    assert [key for key in PAPERS if piece(key).medium == Medium.PERMIT] == ["permit_rules", "permit_check"]


@pytest.mark.parametrize("language", dict(settings.LANGUAGES))
@pytest.mark.parametrize("key", PAPERS)
def test_built_in_words_say_the_same_when_the_office_makes_them_its_own(key: str, language: str) -> None:
    found = piece(key)
    subject, body = found.built_in(language)
    check_words(found, language, subject=subject, body=body)
    for count in (1, 2):
        values = samples_of(found.blanks()) | ({"count": count} if key != "letter_appeal" else {})
        with override(language):
            own = [compile_wording(text, found.blanks()).render(values).split() for text in (subject, body)]
            assert own == [text.split() for text in printed(key, values)]


def test_letter_says_what_the_office_wrote(ticket: Violation) -> None:
    save_wording(
        piece("letter_overdue"),
        "en",
        subject="Pay {{ violation.number }}",
        body="{% if count == 1 %}Dear {{ item.name }}{% else %}Dear all{% endif %}",
        by=None,
    )
    save_wording(piece("letter_check"), "en", subject="", body="Scan, {{ office.phone }}", by=None)
    other = make_violation(number="TT-2")
    one, two, new = letter(ticket), letter(ticket, other), letter(ticket, step="new")
    assert ("Pay TT-10133" in one, "Dear Jo Poe" in one, "Scan, 519-555-0142" in one, "TT-10133-3K" in one) == (
        True,
    ) * 4
    assert ("Dear all" in two, "is not paid" in two, "TT-2-" in two) == (True, False, True)
    assert ("A parking ticket for your vehicle" in new, "Pay TT" in new) == (True, False)
    assert "Votre contravention est en retard" in letter(ticket, language="fr")


@pytest.mark.parametrize("body", ["{{ gone }}", "{% include 'x' %}", "{{ item.name|money }}"])
def test_letter_is_drawn_all_the_same_where_the_words_are_broken(
    ticket: Violation, body: str, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    built_in = letter(ticket)
    own = Wording.objects.create(kind="letter_overdue", language="en", subject="Pay", body=body)
    with django_capture_on_commit_callbacks(execute=True):
        assert letter(ticket) == built_in
    own.refresh_from_db()
    assert own.failed_at is not None


def test_letter_on_an_appeal_says_what_the_office_wrote(ticket: Violation, resident: User, staff: User) -> None:
    appeal = decided(ticket, resident, staff)
    built_in = " ".join(text_of(appeal_letter(appeal)).split())
    assert "The ticket stands as it is." in built_in
    save_wording(
        piece("letter_appeal"),
        "en",
        subject="Dear {{ appeal.appellant }}",
        body="We say: {{ appeal.response }}",
        by=None,
    )
    own = " ".join(text_of(appeal_letter(appeal)).split())
    assert (f"Dear {resident.get_full_name()}" in own, "We say: The sign was there." in own) == (True, True)
    assert "The ticket stands as it is." not in own


def test_permit_says_what_the_office_wrote_where_it_fits(permit: Permit) -> None:
    save_wording(piece("permit_rules"), "en", subject="", body="Only {{ permit.lot.name }}.\n\nNot at night.", by=None)
    text = text_of(permit_pdf(permit, language="en", layout="hang_tag"))
    assert ("Only Lot C." in text, "Not at night." in text, "Hang it on" in text) == (True, True, False)
    with pytest.raises(WordingRefused, match="480 characters"):
        save_wording(piece("permit_rules"), "en", subject="", body="x" * 481, by=None)
    Wording.objects.update(body="{{ permit.lot.name }}" + "x" * 479)
    assert "Hang it on" in text_of(permit_pdf(permit, language="en", layout="hang_tag"))


@pytest.mark.parametrize("layout", ["hang_tag", "a6", "letter"])
def test_the_longest_words_are_printed_whole(permit: Permit, layout: str) -> None:
    save_wording(piece("permit_rules"), "en", subject="", body="Park within the lines. " * 20 + "The end.", by=None)
    text = " ".join(text_of(permit_pdf(permit, language="en", layout=layout)).split())
    assert (text.count("Park within"), "The end." in text, "…" in text) == (20, True, False)


def test_preview_is_the_pdf_of_the_newest_record_and_tells_no_pin(staff_client: Client, ticket: Violation) -> None:
    typed = {"subject": "Hello", "body": "Typed {{ violation.full_number }}", "after": "0", "filled": "real"}
    path = PREVIEW.format("letter_overdue.fr")
    answer = staff_client.post(path, typed | {"pdf": "1"})
    assert answer.headers["Content-Type"] == "application/pdf"
    assert "no-store" in answer.headers["Cache-Control"]
    words = text_of(answer.content)
    assert ("Typed TT-10133-**" in words, "3K" in words, "Hello" in words) == (True, False, True)
    shown = staff_client.post(path, typed).content.decode()
    assert ("Typed TT-10133-**" in shown, "3K<" in shown) == (True, False)
    refused = staff_client.post(path, typed | {"pdf": "1", "body": "{{ nothing }}"}).content.decode()
    assert "there is no placeholder “nothing”" in refused
    assert Wording.objects.count() == 0
    ticket.refresh_from_db()
    assert ticket.pin == "3K"


def test_pdf_needs_a_record(staff_client: Client) -> None:
    for key in PAPERS:
        subject, body = piece(key).built_in("en")
        answer = staff_client.post(
            PREVIEW.format(f"{key}.en"), {"subject": subject, "body": body, "after": "0", "pdf": "1"}
        )
        assert "There is no record yet of which this could be drawn." in answer.content.decode()


def test_every_paper_is_drawn_of_a_real_record(
    staff_client: Client, ticket: Violation, permit: Permit, resident: User, staff: User
) -> None:
    decided(ticket, resident, staff)
    for key in PAPERS:
        words = dict(zip(("subject", "body"), piece(key).built_in("es"), strict=True))
        answer = staff_client.post(PREVIEW.format(f"{key}.es"), words | {"after": "0", "pdf": "1"})
        assert (key, answer.content[:4]) == (key, b"%PDF")


def test_pdf_of_a_stranger_is_for_those_who_may_see_one(permit: Permit) -> None:
    body = {"body": "x", "after": "0", "pdf": "1"}
    reader = member_of("Auditor")
    assert reader.post(PREVIEW.format("permit_rules.en"), body).content[:4] == b"%PDF"
    assert reader.post(PREVIEW.format("letter_overdue.en"), body | {"subject": "x"}).status_code == 403
