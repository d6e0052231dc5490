"""Which e-mails a person wants: what is written, what is not, and what the link is good for."""

from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from accounts.models import AccountEvent, EmailCategory, EmailOptOut, Mail, User
from accounts.models.mail import MailKind
from accounts.models.preference import CATEGORY_OF, category_code
from accounts.services.mail import queue_mail, send_mail_now
from accounts.services.preferences import (
    BUILT_IN,
    make_categories,
    read_unsubscribe_token,
    save_preferences,
    standing,
    unsubscribe,
    unsubscribe_url,
    unwanted_codes,
)
from tests.accounts.services.conftest import Sink
from tests.accounts.test_mail_texts import context_of
from tests.factories import change_office, make_user

pytestmark = pytest.mark.django_db
OPTIONAL = {"waitlist_joined", "waitlist_taken", MailKind.HOLD_LAPSED, MailKind.PERMIT_EXPIRES, MailKind.LOCKER_ENDS}


def category(code: str = "reminders") -> EmailCategory:
    return EmailCategory.objects.get(code=code)


def write(user: User | None, kind: str = MailKind.PERMIT_EXPIRES, language: str = "en") -> Mail | None:
    to = user.email if user else "guest@example.test"
    return queue_mail(kind, to=to, language=language, user=user, context=context_of(kind))


def token_of(address: str) -> str:
    return urlsplit(address).path.split("/")[2]


def told(user: User) -> list[tuple[str, str, User | None]]:
    return [(event.verb, event.detail, event.by) for event in AccountEvent.objects.for_user(user).order_by("pk")]


def test_categories_are_there_from_the_start_in_every_language() -> None:
    assert set(EmailCategory.objects.values_list("code", flat=True)) == set(BUILT_IN) >= set(CATEGORY_OF.values())
    for row in EmailCategory.objects.all():
        names = {row.name_en, row.name_fr, row.name_es}  # type: ignore[attr-defined]
        assert (len(names), "" in names, None in names) == (3, False, False)


def test_offices_words_survive_the_next_migration() -> None:
    EmailCategory.objects.filter(code="reminders").update(name_en="Nudges", essential=True)
    category("permits").delete()
    make_categories()
    assert (category().name_en, category().essential) == ("Nudges", True)  # type: ignore[attr-defined]
    assert category("permits").essential is False


@pytest.mark.parametrize("code", ["account", "receipts"])
def test_receipts_and_account_stay_essential(code: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        EmailCategory.objects.filter(code=code).update(essential=False)


@pytest.mark.parametrize("kind", MailKind.values)
def test_only_optional_kinds_are_left_out_and_only_they_carry_the_link(kind: str, resident: User) -> None:
    mail = write(resident, kind)
    assert mail is not None
    assert (bool(mail.unsubscribe_url), "/unsubscribe/" in mail.text, "/unsubscribe/" in mail.html) == (
        (kind in OPTIONAL,) * 3
    )
    for row in EmailCategory.objects.all():
        EmailOptOut.objects.create(user=resident, category=row)
    assert (write(resident, kind) is None) == (kind in OPTIONAL)


def test_kind_that_nobody_sorted_is_always_sent() -> None:
    assert category_code(MailKind.ATTENTION) == "account"


def test_one_persons_choice_is_not_anothers(resident: User) -> None:
    unsubscribe(resident, category(), by=resident)
    assert (write(resident), write(resident, MailKind.HOLD_LAPSED), write(make_user())).count(None) == 1


def test_guest_gets_everything_without_a_link() -> None:
    mail = write(None)
    assert mail is not None
    assert (mail.unsubscribe_url, "nsubscribe" in mail.text + mail.html) == ("", False)


def test_switched_off_everything_is_sent_and_switched_on_the_old_choice_holds(resident: User) -> None:
    unsubscribe(resident, category(), by=resident)
    change_office(email_preferences=False)
    mail = write(resident)
    assert mail is not None
    assert mail.unsubscribe_url == ""
    change_office(email_preferences=True)
    assert write(resident) is None


def test_category_made_essential_is_sent_and_carries_no_link(resident: User) -> None:
    unsubscribe(resident, category(), by=resident)
    EmailCategory.objects.filter(code="reminders").update(essential=True)
    mail = write(resident)
    assert mail is not None
    assert mail.unsubscribe_url == ""
    assert unsubscribe(resident, category(), by=resident) is False


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "This e-mail belongs to “Permit reminders”. Unsubscribe:"),
        ("fr", "« Rappels de permis »"),
        ("es", "“Recordatorios de permisos”"),
    ],
)
def test_foot_names_the_category_in_the_readers_language(resident: User, language: str, words: str) -> None:
    mail = write(resident, language=language)
    assert mail is not None
    name = BUILT_IN["reminders"][f"name_{language}"]
    assert (name in mail.text, name in mail.html) == (True, True)
    assert language != "en" or words in mail.text


def test_headers_offer_one_click_and_essential_mails_have_none(resident: User, sink: Sink) -> None:
    optional, essential = write(resident), write(resident, MailKind.RECEIPT)
    assert optional
    assert essential
    for mail in (optional, essential):
        assert send_mail_now(mail.pk)
    messages: list[EmailMessage] = sink.messages()
    assert [(str(m["List-Unsubscribe"] or "").strip(), m["List-Unsubscribe-Post"]) for m in messages] == [
        (f"<{optional.unsubscribe_url}>", "List-Unsubscribe=One-Click"),
        ("", None),
    ]


def test_essential_mail_asks_nothing(resident: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert standing(resident, kind=MailKind.RECEIPT).unsubscribe_url == ""


def test_link_is_for_one_person_and_one_category(resident: User) -> None:
    token = token_of(unsubscribe_url(resident, category()))
    assert read_unsubscribe_token(token) == (resident, category())
    other = token_of(unsubscribe_url(make_user(), category("permits")))
    payload, *rest = other.split(":")
    for wrong in (token[:-1], token + "x", "x", ":".join([token.split(":")[0], *rest]), f"{payload}:a:b", "\u202e"):
        assert read_unsubscribe_token(wrong) is None


def test_link_of_a_category_that_is_gone_is_none(resident: User) -> None:
    token = token_of(unsubscribe_url(resident, category()))
    category().delete()
    assert read_unsubscribe_token(token) is None


def test_unsubscribing_twice_is_one_choice_and_one_line(resident: User) -> None:
    assert [unsubscribe(resident, category(), by=None) for _twice in range(2)] == [True, False]
    assert told(resident) == [("emails_off", "Permit reminders", None)]


def test_choices_are_kept_and_told_in_the_persons_language(resident: User) -> None:
    resident.language = "fr"
    save_preferences(resident, wanted=["permits", "news", "nonsense", "account"], by=resident)
    assert unwanted_codes(resident) == {"reminders"}
    save_preferences(resident, wanted=["reminders", "permits", "news"], by=resident)
    save_preferences(resident, wanted=["reminders", "permits", "news"], by=resident)
    assert unwanted_codes(resident) == set()
    assert told(resident) == [
        ("emails_off", "Rappels de permis", resident),
        ("emails_on", "Rappels de permis", resident),
    ]


def test_essential_category_cannot_be_refused(resident: User) -> None:
    save_preferences(resident, wanted=[], by=resident)
    assert unwanted_codes(resident) == {"permits", "reminders", "news"}
