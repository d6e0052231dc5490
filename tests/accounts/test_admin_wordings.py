"""The office's own texts, on their pages: all that there are, one with its preview, a test, and versions."""

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Mail, User, Wording, WordingVersion
from payments.services.promises import promise_payment
from tests.accounts.office import SETTINGS_READ
from tests.accounts.test_admin import member_of
from tests.factories import make_charge, make_checkout

pytestmark = pytest.mark.django_db
LIST, TEXT = "/admin/accounts/wording/", "/admin/accounts/wording/text/receipt.fr/"
PROMISE = "/admin/accounts/wording/text/promise.en/"
WORDS = {"subject": "Reçu {{ receipt.number }}", "body": "Merci, {{ total|money }}.", "after": "0"}


def rows(client: Client, query: str = "") -> list[str]:
    soup = BeautifulSoup(client.get(f"{LIST}{query}").content, "html.parser")
    return [" ".join(row.get_text(" ").split()) for row in soup.select("tbody tr")]


def preview(client: Client, path: str = TEXT, **typed: str) -> str:
    response = client.post(f"{path}preview/", WORDS | typed)
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


def test_list_shows_every_text_and_where_the_office_has_its_own(staff_client: Client) -> None:
    Wording.objects.create(kind="receipt", language="fr", subject="x", body="y")
    assert "Receipt built-in our own built-in" in rows(staff_client)
    assert rows(staff_client, "?only=own") == ["Receipt built-in our own built-in"]
    assert rows(staff_client, "?q=hang+tag+ready") == ["Hang tag ready for pick-up built-in built-in built-in"]
    assert rows(staff_client, "?only=failed") == []
    Wording.objects.update(failed_at="2026-09-01T12:00Z", failure="Line 1")
    assert rows(staff_client, "?only=failed") == ["Receipt built-in not used built-in"]


def test_pages_cost_the_same_for_one_and_three(
    staff_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    staff_client.get(LIST)
    for kinds in (["promise"], ["refund", "surplus"]):
        for kind in kinds:
            Wording.objects.create(kind=kind, language="fr", subject="x", body="y")
            WordingVersion.objects.create(
                kind="receipt", language="fr", number=WordingVersion.objects.count() + 1, subject=kind, body=kind
            )
        with django_assert_num_queries(5 + SETTINGS_READ):
            staff_client.get(LIST)
        with django_assert_num_queries(6 + SETTINGS_READ):
            staff_client.get(f"{TEXT}show/")


def test_text_begins_as_the_built_in_one_and_is_saved_as_a_version(staff_client: Client, staff: User) -> None:
    page = BeautifulSoup(staff_client.get(f"{TEXT}show/").content, "html.parser")
    assert "{{ receipt.code }}" in page.select_one("textarea").get_text()  # type: ignore[union-attr]
    assert page.select_one("code").get_text() == "{{ action_url }}"  # type: ignore[union-attr]
    answer = staff_client.post(f"{TEXT}act/", WORDS)
    assert (answer.status_code, answer["Location"]) == (302, f"{TEXT}show/")
    saved = WordingVersion.objects.get()
    assert (saved.number, saved.body, saved.by) == (1, "Merci, {{ total|money }}.", staff)
    staff_client.post(f"{TEXT}act/", WORDS | {"body": "Merci.", "after": "1"})
    page = BeautifulSoup(staff_client.get(f"{TEXT}show/").content, "html.parser")
    assert [tag.get_text() for tag in page.select("details")[0].select("ins, del")] == [
        "Merci, {{ total|money }}.",
        "Merci.",
    ]
    staff_client.post(f"{TEXT}act/", {"again": "1", "after": "2"})
    assert Wording.objects.get().body == "Merci, {{ total|money }}."
    staff_client.post(f"{TEXT}act/", {"built_in": "1", "after": "3"})
    assert list(WordingVersion.objects.values_list("number", "built_in")) == [
        (4, True),
        (3, False),
        (2, False),
        (1, False),
    ]


def test_what_cannot_be_used_is_said_beside_what_was_typed(staff_client: Client) -> None:
    page = BeautifulSoup(staff_client.post(f"{TEXT}act/", WORDS | {"body": "A\n{{ oops }}"}).content, "html.parser")
    assert page.select_one("textarea").get_text() == "\nA\n{{ oops }}"  # type: ignore[union-attr]
    assert "Line 2: there is no placeholder “oops”" in page.select_one(".wording-form").get_text()  # type: ignore[union-attr]
    page = BeautifulSoup(staff_client.post(f"{TEXT}act/", WORDS | {"after": "7"}).content, "html.parser")
    assert "Somebody else saved another version" in page.select_one(".wording-form").get_text()  # type: ignore[union-attr]
    assert Wording.objects.count() == 0


def test_preview_shows_what_is_typed_on_an_example_or_the_newest_real_record(
    staff_client: Client, resident: User
) -> None:
    assert "Filled in with examples" in preview(staff_client)
    assert "Merci, 94,50 $." in preview(staff_client)
    payment = promise_payment(make_checkout([make_charge(resident)], resident), email=resident.email)
    before = Mail.objects.count()
    shown = preview(staff_client, PROMISE, filled="real", subject="S", body="{{ payment.code }}")
    assert f"Filled in with a real record, {payment}." in shown
    assert f"S As plain text {payment.code}" in shown
    assert "there is no placeholder “x”" in preview(staff_client, body="{{ x }}")
    assert (Wording.objects.count(), Mail.objects.count()) == (0, before)


def test_test_goes_to_the_member_of_staff_and_keeps_what_is_typed(staff_client: Client, staff: User) -> None:
    page = BeautifulSoup(staff_client.post(f"{TEXT}act/", WORDS | {"test": "1"}).content, "html.parser")
    assert page.select_one("textarea").get_text() == "\nMerci, {{ total|money }}."  # type: ignore[union-attr]
    mail = Mail.objects.get()
    assert (mail.to, mail.subject, mail.language) == (staff.email, "[Test] Reçu R-2026-00001", "fr")
    assert Wording.objects.count() == 0


def test_auditor_sees_and_changes_nothing(db: None) -> None:
    auditor = member_of("Auditor")
    page = BeautifulSoup(auditor.get(f"{TEXT}show/").content, "html.parser")
    assert [button["value"] for button in page.select(".submit-row input")] == ["Preview"]
    assert auditor.post(f"{TEXT}act/", WORDS).status_code == 403
    assert "Merci, 94,50 $." in preview(auditor)


@pytest.mark.parametrize("name", ["receipt.de", "receipt", "nothing.fr", ".fr"])
def test_no_page_for_what_is_no_text(staff_client: Client, name: str) -> None:
    assert staff_client.get(f"/admin/accounts/wording/text/{name}/show/").status_code == 404
