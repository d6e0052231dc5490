"""E-mails to many in the office: from the rows of a list to the record."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import EmailCategory, Mail, Mailing, MailTemplate, User, Wording
from accounts.services import mailing as service
from permits.models import Permit
from tests.conftest import sign_in
from tests.factories import make_entry, make_permit, make_user, make_violation, make_waitlist
from violations.models import Violation

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(db: None) -> Client:
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name="Permit manager"))
    return sign_in(Client(), user)


def choose(client: Client, path: str, rows: list[int], **more: str) -> Mailing:
    answer = client.post(path, {"action": "write_to_people", "_selected_action": rows, **more})
    mailing = Mailing.objects.latest("pk")
    assert answer.headers["Location"] == f"/admin/accounts/mailing/{mailing.pk}/change/"
    return mailing


def chosen(mailing: Mailing) -> list[User]:
    return [person.user for person in mailing.people.all()]


def test_people_behind_rows_of_each_list_are_chosen(staff_client: Client, resident: User) -> None:
    other, first = make_user(), make_permit(resident)
    make_permit(resident)
    ticket = make_violation()
    assert ticket.charge is not None
    ticket.charge.payer = other
    ticket.charge.save(update_fields=["payer"])
    nobodys = make_violation()
    entry = make_entry(make_waitlist(), other)
    permits = list(Permit.objects.values_list("pk", flat=True))
    for path, keys, expected in [
        ("/admin/accounts/user/", [resident.pk, other.pk], [resident, other]),
        ("/admin/permits/permit/", permits, [resident]),
        ("/admin/permits/waitlistentry/", [entry.pk], [other]),
        ("/admin/violations/violation/", [ticket.pk, nobodys.pk], [other]),
    ]:
        assert chosen(choose(staff_client, path, keys)) == sorted(expected, key=lambda user: user.pk)
    all_of_the_filter = choose(
        staff_client, f"/admin/permits/permit/?lot__id__exact={first.lot_id}", [first.pk], select_across="1"
    )
    assert (chosen(all_of_the_filter), all_of_the_filter.source_url) == (
        [resident],
        f"/admin/permits/permit/?lot__id__exact={first.lot_id}",
    )
    before = Mailing.objects.count()
    staff_client.post("/admin/violations/violation/", {"action": "write_to_people", "_selected_action": nobodys.pk})
    assert (Mailing.objects.count(), Violation.objects.count()) == (before, 2)


def test_message_is_worded_looked_at_started_and_stopped(manager: Client) -> None:
    resident = make_user(first_name="Noor", last_name="Haddad")
    mailing = choose(manager, "/admin/permits/permit/", [make_permit(resident).pk])
    page, do = f"/admin/accounts/mailing/{mailing.pk}/change/", f"/admin/accounts/mailing/{mailing.pk}/do/"
    words = {
        "category": EmailCategory.objects.get(code="news").pk,
        "subject_en": "Works",
        "text_en": "Dear {name}, hello.",
    }
    half = manager.post(page, words | {"subject_fr": "Travaux"}).content.decode()
    assert "Write both a subject and a text in this language, or neither." in half
    looked = manager.post(page, words, follow=True)
    soup = BeautifulSoup(looked.content, "html.parser")
    assert [button.get_text() for button in soup.select(".desk button")] == ["Write to 1 person", "Send me a trial"]
    assert f"Dear {resident.get_full_name()}, hello." in soup.select_one(".letter").get_text()  # type: ignore[union-attr]
    manager.post(do, {"do": "trial"})
    [trial] = Mail.objects.all()
    assert (trial.subject, trial.user, trial.to == User.objects.get(groups__name="Permit manager").email) == (
        "[Test] Works",
        None,
        True,
    )
    assert (resident.get_full_name() in trial.text, "hello." in trial.text) == (False, True)
    trial.delete()
    record = manager.post(do, {"do": "start"}, follow=True)
    assert record.headers["Refresh"] == "5"
    service.write_next(mailing.pk)
    assert [(mail.to, mail.text.split("\n")[0]) for mail in Mail.objects.all()] == [
        (resident.email, f"Dear {resident.get_full_name()}, hello.")
    ]
    stopped = manager.post(do, {"do": "stop"}, follow=True).content.decode()
    assert "Stopped. 1 e-mail that had not left yet was taken back." in stopped
    people = manager.get(f"/admin/accounts/mailingperson/?mailing__id__exact={mailing.pk}")
    assert "Taken back before it left" in people.content.decode()
    late = manager.post(page, words, follow=True)
    assert "It is started already, so its words stay." in late.content.decode()
    assert Mailing.objects.get().stopped_at is not None


def test_new_one_begins_with_the_words_of_an_earlier_one(manager: Client, resident: User) -> None:
    key = make_permit(resident).pk
    first = choose(manager, "/admin/permits/permit/", [key])
    draft = choose(manager, "/admin/permits/permit/", [key])
    category = EmailCategory.objects.get(code="news").pk
    words = {"category": category, "subject_en": "Works", "text_en": "Dear {name}", "subject_fr": "Travaux"}
    manager.post(f"/admin/accounts/mailing/{first.pk}/change/", words | {"text_fr": "Bonjour"})
    page = f"/admin/accounts/mailing/{draft.pk}/change/"
    assert "?from=" not in manager.get(page).content.decode()
    first.refresh_from_db()
    service.start_mailing(first, by=User.objects.get(groups__name="Permit manager"))
    [link] = BeautifulSoup(manager.get(page).content, "html.parser").select('details a[href^="?from="]')
    form = manager.get(page + str(link["href"])).context["form"]
    told = {name: form[name].value() for name in (*words, "text_fr")}
    assert told == words | {"text_fr": "Bonjour"}
    draft.refresh_from_db()
    assert (bool(draft.subject_en), manager.get(f"{page}?from=x").status_code) == (False, 200)  # type: ignore[attr-defined]


def test_words_of_what_somebody_else_starts_meanwhile_are_refused(
    manager: Client, staff: User, resident: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing = choose(manager, "/admin/permits/permit/", [make_permit(resident).pk])
    words = {"category": EmailCategory.objects.get(code="news").pk, "subject_en": "Works", "text_en": "Hello."}
    page, word = f"/admin/accounts/mailing/{mailing.pk}/change/", service.word_mailing

    def started_first(mailing: Mailing, **more: Any) -> Mailing:
        service.start_mailing(word(mailing, **more), by=staff)
        return word(mailing, **more)

    monkeypatch.setattr(service, "word_mailing", started_first)
    record = manager.post(page, words, follow=True)
    assert (record.redirect_chain, "It is started already, so its words stay." in record.content.decode()) == (
        [(page, 302)],
        True,
    )


def test_draft_is_thrown_away(manager: Client, resident: User) -> None:
    mailing = choose(manager, "/admin/permits/permit/", [make_permit(resident).pk])
    manager.post(f"/admin/accounts/mailing/{mailing.pk}/do/", {"do": "drop"})
    assert (Mailing.objects.count(), Mail.objects.count()) == (0, 0)


def test_template_is_made_written_and_chosen_for_the_people_of_a_list(manager: Client, resident: User) -> None:
    made = manager.post(
        "/admin/accounts/mailtemplate/add/", {"title": "Works", "code": "works", "rows": "permit", "active": "on"}
    )
    assert made.headers["Location"] == "/admin/accounts/wording/text/own-works.en/show/"
    page = BeautifulSoup(manager.get(made.headers["Location"]).content, "html.parser")
    assert "{{ permit.number }}" in [str(code.string) for code in page.select("table code")]
    assert page.select_one('[name="built_in"]') is None
    words = {"subject": "Works in {{ permit.lot.name }}", "body": "Your permit {{ permit.number }}", "after": "0"}
    saved = manager.post("/admin/accounts/wording/text/own-works.en/act/", words, follow=True)
    assert "Saved: version 1 is used from now on." in saved.content.decode()
    refused = manager.post("/admin/accounts/wording/text/own-works.fr/act/", words | {"body": "{{ violation.plate }}"})
    assert "there is no placeholder" in refused.content.decode()
    assert manager.get("/admin/accounts/wording/text/receipt.en/show/").status_code == 403
    tried = manager.post("/admin/accounts/wording/text/own-works.en/act/", words | {"after": "1", "test": "1"})
    assert (tried.status_code, [(mail.kind, mail.subject) for mail in Mail.objects.all()]) == (
        200,
        [("office_message", "[Test] Works in Lot C, Harbour")],
    )
    Mail.objects.all().delete()

    permit, other = make_permit(resident), make_permit(make_user(first_name="Bea", language="fr"))
    mailing = choose(manager, "/admin/permits/permit/", [permit.pk, other.pk])
    draft = f"/admin/accounts/mailing/{mailing.pk}/change/"
    [link] = BeautifulSoup(manager.get(draft).content, "html.parser").select('details a[href^="?template="]')
    form = manager.get(draft + str(link["href"])).context["form"]
    assert (form["subject_en"].value(), form["text_en"].value()) == (words["subject"], words["body"])
    typed = {
        "category": EmailCategory.objects.get(code="news").pk,
        "subject_en": words["subject"],
        "text_en": words["body"],
    }
    wrong = manager.post(draft, typed | {"text_en": "{{ violation.plate }}"}).content.decode()
    assert "there is no placeholder" in wrong
    manager.post(draft, typed)
    seen = []
    address = f"{draft}?look=1"
    for _person in range(2):
        look = BeautifulSoup(manager.get(address).content, "html.parser")
        seen.append(look.select_one(".letter").get_text().strip().split("\n")[0])  # type: ignore[union-attr]
        [onward] = look.select('.panel p a[href^="?look=1"]')
        address = draft + str(onward["href"])
    assert (seen, address) == ([f"Your permit {permit.number}", f"Your permit {other.number}"], f"{draft}?look=1")
    manager.post(f"/admin/accounts/mailing/{mailing.pk}/do/", {"do": "start"})
    service.write_next(mailing.pk)
    assert [(mail.to, mail.text.split("\n")[0]) for mail in Mail.objects.order_by("pk")] == [
        (resident.email, f"Your permit {permit.number}"),
        (other.holder.email, f"Your permit {other.number}"),
    ]


def test_who_may_not_see_tickets_sees_none_through_a_template_or_a_draft(
    manager: Client, staff_client: Client, resident: User
) -> None:
    ticket = make_violation()
    assert ticket.charge is not None
    ticket.charge.payer = resident
    ticket.charge.save(update_fields=["payer"])
    MailTemplate.objects.create(code="tickets", title="Tickets", rows="violation")
    page = "/admin/accounts/wording/text/own-tickets.en"
    words = {"subject": "Ticket", "body": "{{ violation.number }}", "after": "0", "filled": "real"}
    mailing = choose(staff_client, "/admin/violations/violation/", [ticket.pk])
    draft = f"/admin/accounts/mailing/{mailing.pk}/change/"
    typed = {"category": EmailCategory.objects.get(code="news").pk, "subject_en": "Ticket", "text_en": words["body"]}
    staff_client.post(draft, typed)
    for client, sees in ((manager, False), (staff_client, True)):
        assert ('name="filled"' in client.get(f"{page}/show/").content.decode()) is sees
        previewed = client.post(f"{page}/preview/", words)
        client.post(f"{page}/act/", words | {"test": "1"})
        looked = client.get(f"{draft}?look=1")
        shown = [previewed.content.decode(), Mail.objects.latest("pk").text, looked.content.decode()]
        assert [str(ticket.number) in text for text in shown] == [sees] * 3
        assert (previewed.status_code, looked.status_code, "Write to 1 person" in shown[2]) == (200, 200, True)


def test_template_leaves_no_words_of_another_one_in_other_languages(manager: Client, resident: User) -> None:
    mailing = choose(manager, "/admin/permits/permit/", [make_permit(resident).pk])
    service.word_mailing(mailing, words={"subject_fr": "Travaux", "text_fr": "Bonjour", "subject_en": "Works"})
    MailTemplate.objects.create(code="prices", title="Prices", rows="permit")
    Wording.objects.create(kind="own-prices", language="en", subject="Prices", body="They rise.")
    form = manager.get(f"/admin/accounts/mailing/{mailing.pk}/change/?template=prices").context["form"]
    assert [form[name].value() for name in ("subject_en", "text_en", "subject_fr", "text_fr")] == [
        "Prices",
        "They rise.",
        "",
        "",
    ]


def test_template_of_another_list_is_not_offered_and_stays_as_it_was_made(manager: Client, resident: User) -> None:
    tickets = MailTemplate.objects.create(code="tickets", title="Tickets", rows="violation")
    mailing = choose(manager, "/admin/permits/permit/", [make_permit(resident).pk])
    assert "?template=" not in manager.get(f"/admin/accounts/mailing/{mailing.pk}/change/").content.decode()
    manager.post(
        f"/admin/accounts/mailtemplate/{tickets.pk}/change/", {"title": "Fines", "code": "x", "rows": "permit"}
    )
    tickets.refresh_from_db()
    assert (tickets.title, tickets.code, tickets.rows, tickets.active) == ("Fines", "tickets", "violation", False)
    assert manager.post(f"/admin/accounts/mailtemplate/{tickets.pk}/delete/", {"post": "yes"}).status_code == 403
    listed = manager.get("/admin/accounts/mailtemplate/").content.decode()
    assert "/admin/accounts/wording/text/own-tickets.es/show/" in listed
