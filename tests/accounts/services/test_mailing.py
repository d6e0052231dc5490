"""E-mails to many: each person once, who does not want them left out, resumable, and stopped where honest."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import EmailCategory, EmailOptOut, Mail, Mailing, User
from accounts.services import mailing as service
from accounts.services.mail import send_again
from accounts.services.mailing import MailingRefused
from accounts.services.mailing_words import sample_of
from opscom.lib.retention import apply_retention
from tests.factories import change_office, make_user

pytestmark = pytest.mark.django_db
WORDS = {
    "subject_en": "Works in Yellow",
    "text_en": "Dear {name},\n\nmove your car.",
    "subject_fr": "Travaux",
    "text_fr": "{name}, déplacez votre voiture.",
}


def news() -> EmailCategory:
    return EmailCategory.objects.get(code="news")


def worded(people: list[User], by: User) -> Mailing:
    draft = service.draft_mailing([user.pk for user in people], by=by, source="users")
    return service.word_mailing(draft, words=WORDS | {"category": news()})


def run(mailing: Mailing) -> None:
    while service.write_next(mailing.pk):
        pass


def outcomes(mailing: Mailing) -> list[tuple[str, str]]:
    return [(row.user.first_name, row.outcome) for row in mailing.people.select_related("user")]


@pytest.fixture
def people(db: None) -> list[User]:
    """Two who read English or French, one who wants no news, one whose account is closed."""
    ada, bea = make_user(first_name="Ada", last_name="Ray"), make_user(first_name="Bea", language="fr")
    cora, dan = make_user(first_name="Cora"), make_user(first_name="Dan", is_active=False)
    EmailOptOut.objects.create(user=cora, category=news())
    return [ada, bea, cora, dan]


def test_preview_counts_who_gets_it_and_who_does_not(people: list[User], staff: User) -> None:
    mailing = worded(people, staff)
    preview = service.preview_mailing(mailing)
    assert (preview.gets, preview.unwanted, preview.closed) == (2, 1, 1)
    assert [(row.language, row.n, row.worded) for row in preview.readers] == [
        ("English", 1, True),
        ("French", 1, True),
    ]
    subject, text = sample_of(mailing, mailing.people.get(user=people[0]))
    assert subject == "Works in Yellow"
    assert text.startswith("Dear Ada Ray,\n\nmove your car.\n")
    assert Mail.objects.count() == 0
    change_office(email_preferences=False)
    assert service.preview_mailing(mailing).unwanted == 0


def test_each_is_written_to_once_in_the_own_language(
    people: list[User], staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "AT_ONCE", 2)
    mailing = worded([*people, people[0]], staff)
    assert service.write_next(mailing.pk) is False  # not started
    service.start_mailing(mailing, by=staff)
    assert service.write_next(mailing.pk) is True
    assert service.unfinished_mailings() == [mailing.pk]
    run(mailing)
    run(mailing)
    assert outcomes(mailing) == [("Ada", "written"), ("Bea", "written"), ("Cora", "unwanted"), ("Dan", "closed")]
    assert [
        (mail.to, mail.subject, "voiture" in mail.text, bool(mail.unsubscribe_url))
        for mail in Mail.objects.order_by("pk")
    ] == [
        (people[0].email, "Works in Yellow", False, True),
        (people[1].email, "Travaux", True, True),
    ]
    mailing.refresh_from_db()
    assert (mailing.finished_at is not None, mailing.started_by, service.unfinished_mailings()) == (True, staff, [])


def test_stop_writes_to_nobody_else_and_takes_back_what_has_not_left(
    staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "AT_ONCE", 2)
    mailing = worded([make_user(first_name=name) for name in ("Ada", "Bea", "Cora")], staff)
    service.start_mailing(mailing, by=staff)
    service.write_next(mailing.pk)
    Mail.objects.filter(pk=Mail.objects.order_by("pk")[0].pk).update(state="sent", tries=1)
    assert service.stop_mailing(mailing, by=staff) == 1
    assert service.write_next(mailing.pk) is False
    assert outcomes(mailing) == [("Ada", "written"), ("Bea", "taken"), ("Cora", "waiting")]
    assert Mail.objects.count() == 1
    with pytest.raises(MailingRefused):
        service.stop_mailing(mailing, by=staff)


def test_stop_keeps_what_left_before_and_was_to_leave_again(people: list[User], staff: User) -> None:
    mailing = worded(people[:1], staff)
    service.start_mailing(mailing, by=staff)
    run(mailing)
    Mail.objects.update(state="sent", tries=1, sent_at=timezone.now())
    send_again(Mail.objects.get())
    assert service.stop_mailing(mailing, by=staff) == 0
    assert [mail.state for mail in Mail.objects.all()] == ["sent"]
    assert outcomes(mailing) == [("Ada", "written")]


def test_what_is_started_keeps_its_words_and_what_has_none_is_not_started(people: list[User], staff: User) -> None:
    draft = service.draft_mailing([people[0].pk], by=staff, source="users")
    with pytest.raises(MailingRefused):
        service.start_mailing(draft, by=staff)
    mailing = worded(people, staff)
    service.start_mailing(mailing, by=staff)
    for forbidden in (lambda: service.word_mailing(mailing, words=WORDS), lambda: service.drop_mailing(mailing)):
        with pytest.raises(MailingRefused):
            forbidden()
    with pytest.raises(MailingRefused):
        service.draft_mailing([], by=staff, source="users")
    Mailing.objects.update(made_at=timezone.now() - timedelta(days=31))
    apply_retention(timezone.now())
    assert list(Mailing.objects.all()) == [mailing]
