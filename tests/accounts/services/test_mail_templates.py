"""E-mails to many name what the portal knows of each person and of the rows by which they were chosen; templates keep the words."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import EmailCategory, Mail, Mailing, MailTemplate, User
from accounts.services import mailing as service
from accounts.services.mailing_words import check_mailing, sample_of, told_to
from accounts.services.wording_previews import preview_words
from accounts.services.wordings import WordingRefused, save_wording
from accounts.wordings.own import piece_of_template, templates_for, words_of
from opscom.lib.wording import WordingError
from permits.models import Permit
from tests.factories import make_charge, make_entry, make_permit, make_user, make_violation, make_waitlist
from violations.models import Violation

pytestmark = pytest.mark.django_db
LISTED = "{% for a in permits %}{{ a.number }} {% endfor %}"


def draft(people: dict[int, list[int]], by: User, *, rows: str, text: str, **more: str) -> Mailing:
    mailing = service.draft_mailing(people, by=by, source="permits", rows=rows)
    words = {"subject_en": "Works", "text_en": text, "category": EmailCategory.objects.get(code="news"), **more}
    return service.word_mailing(mailing, words=words)


def sent(mailing: Mailing, by: User) -> list[tuple[str, str, str]]:
    """(to, subject, first paragraph) of each e-mail that it wrote."""
    service.start_mailing(mailing, by=by)
    while service.write_next(mailing.pk):
        pass
    return [(mail.to, mail.subject, mail.text.split("\n\n")[0]) for mail in Mail.objects.order_by("pk")]


def template(rows: str = "permit", **more: object) -> MailTemplate:
    return MailTemplate.objects.create(code="works", title="Works", rows=rows, **more)


def test_each_reads_of_the_own_rows_and_balance_in_the_own_language(staff: User) -> None:
    ada, bea = make_user(first_name="Ada"), make_user(first_name="Bea", language="fr")
    one, two, hers = make_permit(ada), make_permit(ada), make_permit(bea)
    before = {user: sum((c.amount for c in user.charges.filter(state="open")), Decimal(0)) for user in (ada, bea)}
    make_charge(ada, amount="12.50")
    behind = service.people_behind(Permit.objects.all(), "holder")
    assert behind == {ada.pk: [two.pk, one.pk], bea.pk: [hers.pk]}
    text = "{{ name }}: {{ permit.number }} in {{ permit.lot.name }}, " + LISTED + "{{ balance }}"
    mailing = draft(
        behind, staff, rows="permit", text=text, subject_fr="Travaux", text_fr="{{ permit.number }}, {{ balance }}"
    )
    owed = before[ada] + Decimal("12.50")
    assert sent(mailing, staff) == [
        (ada.email, "Works", f"Ada: {two.number} in {two.lot.name}, {two.number} {one.number} {owed}"),
        (bea.email, "Travaux", f"{hers.number}, {before[bea]}".replace(".", ",")),
    ]


def test_people_of_a_waitlist_and_of_tickets_read_of_theirs(staff: User, resident: User) -> None:
    entry, ticket = make_entry(make_waitlist(), resident), make_violation()
    assert ticket.charge is not None
    ticket.charge.payer = resident
    ticket.charge.save(update_fields=["payer"])
    for rows, row, text, expected in [
        ("entry", entry, "You wait for {{ entry.waitlist.name }}.", f"You wait for {entry.waitlist.name}."),
        (
            "violation",
            ticket,
            "{{ violation.number }}, {{ violation.offence.description }}",
            f"{ticket.number}, {ticket.offence.description}",
        ),
    ]:
        mailing = draft({resident.pk: [row.pk]}, staff, rows=rows, text=text)
        assert sample_of(mailing, mailing.people.get())[1].split("\n\n")[0] == expected
    assert service.people_behind(Violation.objects.all(), "charge__payer") == {resident.pk: [ticket.pk]}


def test_many_people_cost_no_more_queries_than_few(staff: User) -> None:
    people = [make_user() for _number in range(6)]
    permits = {user.pk: [make_permit(user).pk] for user in people}
    spent = []
    for few in (2, 6):
        chosen = {pk: permits[pk] for pk in list(permits)[:few]}
        mailing = draft(
            chosen, staff, rows="permit", text="{{ permit.plate_words }} {{ permit.lot.name }} {{ balance }}"
        )
        with CaptureQueriesContext(connection) as asked:
            told_to(mailing, list(mailing.people.select_related("user")))
        spent.append(len(asked))
    assert spent == [5, 5]  # people, permits, plates, vehicles, balances


def test_words_that_name_what_is_not_there_are_refused_and_what_cannot_be_filled_in_stops_nobody_else(
    staff: User,
) -> None:
    ada, bea = make_user(first_name="Ada", organisation_number="E-17"), make_user()
    mailing = draft({ada.pk: [], bea.pk: []}, staff, rows="person", text="{{ person.organisation_number }}")
    for text, said in [
        ("{{ permit.number }}", "there is no placeholder"),
        ("{{ name", "stands alone"),
        (" ", "Write something"),
    ]:
        with pytest.raises(WordingRefused) as refusal:
            check_mailing(mailing, "en", subject="Works", text=text)
        assert (refusal.value.field, said in refusal.value.message) == ("body", True)
    assert [to for to, _subject, _text in sent(mailing, staff)] == [ada.email]
    assert [person.outcome for person in mailing.people.all()] == ["written", "failed"]


def test_filter_that_fails_on_what_one_person_has_stops_nobody_else(staff: User) -> None:
    ada, bea = make_user(), make_user()
    make_charge(ada, amount="12.50")
    text = '{{ balance|default:"nothing"|money }}'
    mailing = draft({bea.pk: [], ada.pk: []}, staff, rows="person", text=text)
    with pytest.raises(WordingError, match="A filter does not fit"):
        sample_of(mailing, mailing.people.get(user=bea))
    assert sent(mailing, staff) == [(ada.email, "Works", "$12.50")]
    mailing.refresh_from_db()
    assert ([person.outcome for person in mailing.people.all()], mailing.finished_at is not None) == (
        ["written", "failed"],
        True,
    )


def test_template_is_a_text_in_each_language_with_versions_and_a_preview_of_a_real_record(
    staff: User, resident: User
) -> None:
    kept, permit = template(), make_permit(resident)
    piece = piece_of_template(kept)
    save_wording(
        piece, "en", subject="Works in {{ permit.lot.name }}", body="Dear {{ person.get_full_name }}", by=staff
    )
    save_wording(piece, "fr", subject="Travaux", body="{{ permit.number }}", by=staff)
    assert save_wording(piece, "fr", subject="Travaux", body="Place {{ permit.number }}", by=staff).number == 2
    assert words_of(kept) == {
        "subject_en": "Works in {{ permit.lot.name }}",
        "text_en": "Dear {{ person.get_full_name }}",
        "subject_fr": "Travaux",
        "text_fr": "Place {{ permit.number }}",
        "subject_es": "",
        "text_es": "",
    }
    shown = preview_words(piece, "en", subject="Works in {{ permit.lot.name }}", body="Hi {{ name }}", real=True)
    assert (shown.subject, shown.text.split("\n\n")[0], shown.record) == (
        f"Works in {permit.lot.name}",
        f"Hi {resident.first_name}",
        str(permit),
    )
    with pytest.raises(WordingRefused, match=r"there is no placeholder “violation\.number”"):
        save_wording(piece, "es", subject="Obras", body="{{ violation.number }}", by=staff)


def test_templates_fit_the_rows_they_were_written_for(db: None) -> None:
    permits = template()
    anybody = MailTemplate.objects.create(code="any", title="Anybody", rows="person")
    MailTemplate.objects.create(code="old", title="Old", rows="permit", active=False)
    assert (templates_for("permit"), templates_for("violation")) == ([anybody, permits], [anybody])
