"""The office's own texts are versions, checked before they are used, and never stop a message."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from accounts.models import Mail, TextMessage, User, Wording, WordingVersion
from accounts.services.mail import queue_mail
from accounts.services.wording_previews import preview_words, send_test
from accounts.services.wordings import (
    WordingRefused,
    check_words,
    judge_wordings,
    save_wording,
    say,
    use_again,
    use_built_in,
)
from accounts.wordings.registry import Medium, Piece, all_pieces, piece_of
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def piece(kind: str = "create_password") -> Piece:
    found = piece_of(kind)
    assert found is not None
    return found


def save(body: str, *, subject: str = "Hello {{ name }}", kind: str = "create_password", **more: Any) -> WordingVersion:
    return save_wording(piece(kind), "fr", subject=subject, body=body, **{"by": None, **more})


def write(kind: str = "create_password", name: str = "Ada", **context: Any) -> Mail:
    mail = queue_mail(kind, to="a@example.test", language="fr", context={"name": name, **context})
    assert mail is not None
    return mail


def test_versions_are_kept_and_the_newest_is_used(staff: User) -> None:
    first, second = save("Un", by=staff), save("Deux\r\n\r\n{{ name }} ", by=staff, after=1)
    assert [(v.number, v.body, v.by, v.built_in) for v in (first, second)] == [
        (1, "Un", staff, False),
        (2, "Deux\n\n{{ name }}", staff, False),
    ]
    assert write().text.startswith("Deux\n\nAda\n\n")
    assert use_again(first, by=staff).note == "as in version 1"
    assert write().text.startswith("Un\n")
    assert use_built_in(piece(), "fr", by=staff, after=3) is not None
    assert "Choisissez" in write().text
    assert use_built_in(piece(), "fr", by=staff) is None
    kept = WordingVersion.objects.order_by("number").values_list("number", "body", "built_in")
    assert list(kept) == [(1, "Un", False), (2, "Deux\n\n{{ name }}", False), (3, "Un", False), (4, "", True)]


def test_the_same_words_are_no_new_version(staff: User) -> None:
    assert save("Un").pk == save("Un", by=staff).pk
    assert WordingVersion.objects.count() == 1


def test_who_saves_over_what_they_have_not_seen_is_told(staff: User) -> None:
    save("Un")
    for after in (0, 2):
        with pytest.raises(WordingRefused) as refusal:
            save("Deux", after=after)
        assert refusal.value.code == "meanwhile"
    assert WordingVersion.objects.count() == 1


@pytest.mark.parametrize(
    ("words", "field", "said"),
    [
        ({"body": "{{ user.password }}"}, "body", "Line 1: there is no placeholder “user.password”"),
        ({"body": "Un", "subject": "{{ oops }}"}, "subject", "there is no placeholder “oops”"),
        ({"body": " \n"}, "body", "Write something here"),
        ({"body": "Un", "subject": ""}, "subject", "Write something here"),
        ({"body": "{{ name|money }}"}, "body", "A filter does not fit what it is used on"),
        ({"body": "Un", "subject": "x" * 501}, "subject", "A subject has at most 500 characters."),
        ({"body": "Your code.", "kind": "one_time_password"}, "body", "The text must hold {{ code }}"),
    ],
)
def test_text_that_cannot_be_used_is_not_saved(words: dict[str, str], field: str, said: str) -> None:
    with pytest.raises(WordingRefused) as refusal:
        save(**words)
    assert (refusal.value.field, WordingVersion.objects.count()) == (field, 0)
    assert said in refusal.value.message


def test_subject_takes_no_header_of_its_own() -> None:
    save("Un", subject="Bonjour\r\nBcc: victim@example.test {{ name }}")
    mail = write(name="Eve\r\nBcc: other@example.test")
    assert mail.subject == "Bonjour Bcc: victim@example.test Eve Bcc: other@example.test"


def test_name_stays_text(staff: User) -> None:
    save("Bonjour {{ name }}")
    mail = write(name="<script>alert(1)</script>{{ office.phone }}")
    assert mail.text.startswith("Bonjour <script>alert(1)</script>{{ office.phone }}\n")
    assert "<script>" not in mail.html


@pytest.mark.parametrize(
    "body", ["{% include 'x' %}", "{{ gone }}", "{% if office.fax %}x{% endif %}", "{{ name|money }}"]
)
def test_text_that_fails_at_night_gives_way_to_the_built_in_one_and_the_office_is_told(
    body: str, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    own = Wording.objects.create(kind="create_password", language="fr", subject="Bonjour", body=body)
    with django_capture_on_commit_callbacks(execute=True):
        mail = write()
    assert (mail.subject == "Bonjour", "Choisissez" in mail.text) == (False, True)
    own.refresh_from_db()
    assert own.failed_at is not None
    assert own.failure
    save("Un")
    own.refresh_from_db()
    assert own.failure == ""


def test_text_that_an_upgrade_left_behind_is_told_before_it_is_due() -> None:
    own = {"language": "fr", "subject": "Bonjour"}
    for kind, body in [("receipt", "Merci"), ("create_password", "{{ gone }}"), ("dropped_kind", "Merci")]:
        Wording.objects.create(kind=kind, body=body, **own)
    judge_wordings()
    told = list(Wording.objects.exclude(failed_at=None).values_list("kind", "failure"))
    judge_wordings()
    assert told == [
        ("create_password", "Line 1: there is no placeholder “gone” here. The list shows those that there are."),
        ("dropped_kind", "The portal does not write such a text any more."),
    ]


def test_text_that_says_nothing_gives_way(django_capture_on_commit_callbacks: Callable[..., Any]) -> None:
    save("{% if reason %}x{% endif %}{{ actor }}", kind="acting_started")
    with django_capture_on_commit_callbacks(execute=True):
        assert write("acting_started", name="Ada").text
    assert Wording.objects.get().failure == "Une fois rempli, il n’y a rien à lire."


def test_own_text_costs_no_more_queries_than_the_built_in_one() -> None:
    write()  # what is read once, and then kept
    counts = []
    for body in ("", "{{ name }} {{ office.phone }}"):
        if body:
            save(body)
        with CaptureQueriesContext(connection) as queries:
            write()
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("key", ["text_quote", "text_quote_longer", "text_confirm"])
def test_price_cannot_be_left_out_before_a_card_is_charged(key: str) -> None:
    with pytest.raises(WordingRefused) as refusal:
        check_words(piece(key), "en", subject="", body="Text C to confirm.")
    assert "what" in str(refusal.value)


def test_preview_is_made_of_examples_and_says_so() -> None:
    shown = preview_words(
        piece("receipt"), "fr", subject="{{ receipt.number }}", body="{{ name }}: {{ total|money }}", real=True
    )
    assert (shown.subject, shown.record) == ("R-2026-00001", "")
    assert shown.text.startswith("Ada: 94,50\xa0$\n")
    assert '<html lang="fr">' in shown.html
    assert Mail.objects.count() == 0


def test_secret_text_is_never_tried_on_a_real_record() -> None:
    shown = preview_words(piece("one_time_password"), "en", subject="x", body="{{ code }}", real=True)
    assert (shown.text.split()[0], shown.record) == ("123456", "")


def test_test_goes_to_oneself_marked_and_into_nobodys_history() -> None:
    sam = make_user(email="sam@example.test")
    send_test(piece("receipt"), "en", subject="Paid", body="Thank you, {{ name }}.", real=False, to=sam)
    mail = Mail.objects.get()
    assert (mail.to, mail.user, mail.subject) == ("sam@example.test", None, "[Test] Paid")
    assert mail.text.startswith("This is a test of a text of the office. Nobody else got it.\n\nThank you, Ada.\n")
    assert WordingVersion.objects.count() == 0


# Text messages -------------------------------------------------------------------------------------------------------


def test_text_message_is_the_built_in_sentence_until_the_office_has_its_own() -> None:
    with override("fr"):
        built_in = say("text_ends", parking="CKRT418")
        save_wording(piece("text_ends"), "fr", subject="", body="{{ parking }} : c'est bientôt fini.", by=None)
        assert (built_in, say("text_ends", parking="CKRT418")) == (
            "CKRT418 : votre stationnement prend fin sous peu.",
            "CKRT418 : c'est bientôt fini.",
        )
        Wording.objects.update(body="{{ nothing }}")
        assert say("text_ends", parking="CKRT418") == built_in


@pytest.mark.parametrize(
    ("body", "segments", "costly"),
    [("{{ parking }}" + "x" * 128, 1, ""), ("{{ parking }}" + "x" * 129, 2, ""), ("{{ parking }} “ê”", 1, "ê")],
)
def test_preview_of_a_text_message_counts_its_segments(body: str, segments: int, costly: str) -> None:
    shown = preview_words(piece("text_ends"), "en", subject="", body=body, real=False)
    assert (shown.segments, shown.costly, shown.subject, shown.html) == (segments, costly, "", "")


def test_test_of_a_text_message_goes_to_the_confirmed_telephone_only() -> None:
    with pytest.raises(WordingRefused, match="Confirm your mobile number"):
        send_test(piece("text_ends"), "en", subject="", body="Over.", real=False, to=make_user())
    sam = make_user(phone="+15198244120", texts_from="+15198244120")
    send_test(piece("text_ends"), "en", subject="", body="Over.", real=False, to=sam)
    sent = TextMessage.objects.get()
    assert (sent.number, sent.body) == ("+15198244120", "[Test] Over.")


def test_every_built_in_text_message_can_be_made_the_offices_own() -> None:
    for found in all_pieces():
        if found.medium == Medium.TEXT:
            for language in ("en", "fr", "es"):
                check_words(found, language, subject="", body=found.built_in(language)[1])
