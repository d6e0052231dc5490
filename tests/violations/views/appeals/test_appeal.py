"""The Appeals tab and one appeal, as residents and guests use them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Mail, User
from tests.conftest import sign_in
from tests.documents import picture, upload
from tests.factories import change_office, make_appeal, make_user, make_vehicle, make_violation
from violations.appeal_links import status_path
from violations.models import Appeal, Violation
from violations.services.appeals.deciding import ask_for_more, decide_appeal
from violations.services.appeals.drafting import submit_appeal
from violations.services.appeals.evidence import look_at

SETTINGS = int(not settings.REDIS_URL)  # without Redis the office's settings are a row
LIST = "/appeals/"


@pytest.fixture
def violation(resident: User) -> Violation:
    return make_violation(make_vehicle(resident, plate="CKRT418"), number="TT-777")


def said(response: object) -> list[str]:
    return [str(message) for message in response.context["messages"]]  # type: ignore[attr-defined]


@pytest.mark.parametrize("rows", [1, 3])
def test_list_shows_the_persons_tickets_in_constant_queries(
    resident: User, resident_client: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    tickets = [make_violation(make_vehicle(resident)) for _n in range(rows)]
    make_violation(make_vehicle(make_user()))
    submit_appeal(make_appeal(resident, tickets[0]), by=resident)
    resident_client.get(LIST)
    with django_assert_num_queries(7 + SETTINGS):
        response = resident_client.get(LIST)
    assert [card["ticket"] for card in response.context["cards"]] == tickets[::-1]


def test_search_finds_by_number_with_or_without_pin(resident_client: Client, violation: Violation) -> None:
    found = [
        len(resident_client.get(LIST, {"q": typed}).context["cards"])
        for typed in ("tt 777", violation.full_number, "TT-9")
    ]
    assert found == [1, 1, 0]


def test_ticket_offers_the_appeal_with_its_last_day(
    resident_client: Client, violation: Violation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    resident_client.get("/tickets/TT-777/")
    with django_assert_num_queries(7 + SETTINGS):
        response = resident_client.get("/tickets/TT-777/")
    box = response.context["box"]
    assert (box.can_request, box.why, box.last_day) == (True, "", timezone.localdate() + timedelta(days=14))


def test_late_ticket_says_why_it_cannot_be_appealed(resident_client: Client, violation: Violation) -> None:
    Violation.objects.update(issued_at=timezone.now() - timedelta(days=20))
    for page in (LIST, "/tickets/TT-777/"):
        content = resident_client.get(page).content.decode()
        assert ("The last day to appeal was" in content, "Request Appeal" in content) == (True, False)
    response = resident_client.post("/appeals/request/TT-777/", follow=True)
    assert said(response)[0].startswith("The last day to appeal was")


def test_resident_writes_adds_removes_and_submits(
    resident: User, resident_client: Client, violation: Violation
) -> None:
    response = resident_client.post("/appeals/request/TT-777/")
    appeal = Appeal.objects.get()
    page = f"/appeals/{appeal.code}/"
    assert (response.status_code, response.headers["Location"]) == (302, page)
    files = [upload(picture(), "slip.jpg"), upload(picture(colour="red"), "sign.jpg"), upload(b"heic", "a.heic")]
    response = resident_client.post(page, {"reason": "The slip fell.", "do": "submit", "files": files}, follow=True)
    assert said(response) == ["a.heic is no PDF, PNG or JPG file. Save it as one of these, then add it again."]
    appeal.refresh_from_db()
    assert (appeal.state, appeal.reason, appeal.files.count()) == ("draft", "The slip fell.", 2)
    resident_client.post(page, {"reason": "The slip fell.", "do": f"remove:{appeal.files.all()[0].code}"})
    response = resident_client.post(page, {"reason": "The slip fell down.", "do": "submit"}, follow=True)
    assert said(response) == ["Your appeal is submitted. An e-mail confirms it."]
    appeal.refresh_from_db()
    assert (appeal.state, appeal.reason, [row.name for row in appeal.files.all()]) == (
        "submitted",
        "The slip fell down.",
        ["sign.jpg"],
    )
    assert "Under review" in resident_client.get("/tickets/TT-777/").content.decode()


def test_draft_is_saved_for_later_and_an_empty_one_is_not_submitted(
    resident_client: Client, violation: Violation
) -> None:
    page = resident_client.post("/appeals/request/TT-777/").headers["Location"]
    assert said(resident_client.post(page, {"reason": "Half", "do": "save"}, follow=True)) == [
        "Your draft is kept. It is not submitted yet."
    ]
    assert said(resident_client.post(page, {"reason": "", "do": "submit"}, follow=True)) == [
        "Write what happened under Reason for Appeal."
    ]
    assert resident_client.post(page, {"reason": "x" * 4001}).context["form"].errors == {
        "reason": ["Up to 4,000 characters fit. Shorten the text, or add a file."]
    }


def test_question_is_answered_with_a_file(resident: User, resident_client: Client, staff: User) -> None:
    appeal = submit_appeal(make_appeal(resident), by=resident)
    page = f"/appeals/{appeal.code}/"
    assert resident_client.post(page, {"do": "answer", "answer": "?"}).headers["Location"] == page
    ask_for_more(appeal, question="Which bay?", by=staff)
    assert "Which bay?" in resident_client.get(page).content.decode()
    resident_client.post(page, {"do": "answer", "answer": "Bay 14.", "files": [upload(picture(), "bay.jpg")]})
    appeal.refresh_from_db()
    assert (appeal.state, appeal.answer, appeal.files.count()) == ("submitted", "Bay 14.", 1)


def test_decision_letter_and_evidence_are_shown_to_whoever_appealed(
    resident: User, resident_client: Client, staff: User, staff_client: Client
) -> None:
    appeal = make_appeal(resident)
    page = f"/appeals/{appeal.code}/"
    resident_client.post(page, {"reason": "Look.", "do": "submit", "files": [upload(picture(), "slip.jpg")]})
    row = appeal.files.get()
    look_at(row.pk)
    assert resident_client.get(f"{page}letter/").status_code == 404
    decide_appeal(
        appeal, decision="cancelled", response="You are right.", by=staff, expected=(Decimal("0.00"), Decimal("0.00"))
    )
    content = resident_client.get(page).content.decode()
    assert "You are right." in content and "The ticket is cancelled. Nothing is owed." in content
    for client in (resident_client, staff_client):
        letter = client.get(f"{page}letter/")
        assert (letter.headers["Content-Type"], letter.content[:5]) == ("application/pdf", b"%PDF-")
        assert (
            client.get(f"{page}files/{row.code}/").headers["Content-Disposition"] == 'attachment; filename="slip.jpg"'
        )
        assert client.get(f"{page}files/{row.code}/small/").headers["Content-Type"] == "image/jpeg"
    stranger = sign_in(Client(), make_user())
    paths = (page, f"{page}letter/", f"{page}files/{row.code}/", f"{page}files/{row.code}/small/")
    assert [stranger.get(path).status_code for path in paths] == [404] * 4


def test_staff_see_no_draft(resident: User, staff_client: Client) -> None:
    appeal = make_appeal(resident)
    assert staff_client.get(f"/appeals/{appeal.code}/letter/").status_code == 404


def test_guest_appeals_and_follows_the_link_elsewhere(guest_client: Client, ticket: Violation) -> None:
    page = guest_client.post("/appeals/request/TT-10133/").headers["Location"]
    assert guest_client.post("/appeals/request/TT-10133/").headers["Location"] == page  # the same draft
    answers = {"reason": "The slip fell.", "name": "Robin", "email": "robin@example.test", "do": "submit"}
    assert said(guest_client.post(page, answers | {"email": ""}, follow=True)) == [
        "Enter your e-mail address: the decision goes there."
    ]
    assert said(guest_client.post(page, answers, follow=True)) == ["Your appeal is submitted. An e-mail confirms it."]
    assert Mail.objects.get().to == "robin@example.test"
    elsewhere = Client()
    assert elsewhere.get(page).status_code == 404
    link = status_path(Appeal.objects.get())
    assert elsewhere.get(link, follow=True).redirect_chain == [(page, 302)]
    assert elsewhere.get(page).context["appeal"].state == "submitted"
    assert elsewhere.get("/appeals/status/made-up/").status_code == 404


def test_whoever_has_the_pin_later_does_not_see_the_guests_appeal(guest_client: Client, ticket: Violation) -> None:
    page = guest_client.post("/appeals/request/TT-10133/").headers["Location"]
    other = Client()
    other.post("/pay-ticket/", {"ticket": ticket.full_number})
    assert (other.get(page).status_code, other.get("/tickets/TT-10133/").context["box"].mine) == (404, None)


def test_switched_off_there_is_no_page(resident_client: Client, violation: Violation) -> None:
    change_office(appeals_enabled=False)
    assert resident_client.get(LIST).status_code == 404
    assert resident_client.post("/appeals/request/TT-777/").status_code == 404
    assert resident_client.get("/tickets/TT-777/").context["box"] is None
