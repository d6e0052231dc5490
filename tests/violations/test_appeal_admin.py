"""Appeals in the office: the queue, the page to decide on, canned texts, associations."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Mail, User
from opscom.roles import make_roles
from tests.conftest import sign_in
from tests.documents import picture, upload
from tests.factories import fit, make_appeal, make_user, make_vehicle, make_violation
from tests.violations.conftest import add_photo
from violations.models import Appeal, Association, CannedText
from violations.services.appeals.associating import ask_consent
from violations.services.appeals.drafting import submit_appeal
from violations.services.appeals.evidence import add_evidence

SETTINGS = int(not settings.REDIS_URL)  # without Redis the office's settings are a row
LIST = "/admin/violations/appeal/"
ASSOCIATIONS = "/admin/violations/association/"


@pytest.fixture
def officer(db: None) -> User:
    """The Appeals role."""
    make_roles()
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name="Appeals"))
    return user


@pytest.fixture
def desk_client(officer: User) -> Client:
    return sign_in(Client(), officer)


@pytest.fixture
def appeal(resident: User) -> Appeal:
    """Handed in, with a photo of the officer and a file of the appellant."""
    appeal = make_appeal(resident)
    add_photo(appeal.violation)
    add_evidence(appeal, files=[upload(picture(), "slip.jpg")])
    return submit_appeal(appeal, by=resident)


def page_of(appeal: Appeal) -> str:
    return f"{LIST}{appeal.pk}/change/"


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def listed(response: Any) -> list[Appeal]:
    return list(response.context["cl"].result_list)


def test_appeal_of_a_booted_ticket_comes_first(desk_client: Client, appeal: Appeal) -> None:
    person = make_user()
    later = submit_appeal(
        make_appeal(person, make_violation(make_vehicle(person), issued_at=timezone.now())), by=person
    )
    fit(later.violation)
    assert listed(desk_client.get(LIST)) == [later, appeal]
    assert "A boot is on the vehicle" in desk_client.get(page_of(later)).content.decode()
    lanes = {lane.title: lane.note for lane in desk_client.get("/admin/").context["lanes"]}
    assert lanes["Appeals to decide"] == "1 with a boot on"


@pytest.mark.parametrize("rows", [1, 3])
def test_queue_shows_what_is_to_be_decided_the_oldest_first(
    desk_client: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    appeals = []
    for n in range(rows):
        person = make_user()
        appeals.append(submit_appeal(make_appeal(person), by=person, at=timezone.now() - timedelta(days=n)))
    make_appeal(make_user())
    desk_client.get(LIST)
    with django_assert_num_queries(6 + SETTINGS):
        response = desk_client.get(LIST)
    assert listed(response) == appeals[::-1]
    assert [len(listed(desk_client.get(f"{LIST}?state={state}"))) for state in ("all", "upheld")] == [rows, 0]


def test_late_one_is_marked(desk_client: Client, resident: User) -> None:
    submit_appeal(make_appeal(resident), by=resident)
    assert "(late)" not in desk_client.get(LIST).content.decode()
    Appeal.objects.update(submitted_at=timezone.now() - timedelta(days=11))
    assert "(late)" in desk_client.get(LIST).content.decode()
    assert "1 past its date" in desk_client.get("/admin/").content.decode()


def test_page_shows_words_evidence_photos_and_other_tickets(
    desk_client: Client, appeal: Appeal, resident: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    other = make_violation(appeal.violation.vehicle)
    desk_client.get(page_of(appeal))
    with django_assert_num_queries(10 + SETTINGS):
        page = desk_client.get(page_of(appeal)).content.decode()
    for text in ("The slip fell off the dash.", "slip.jpg", "/photos/", other.number, "Decide"):
        assert text in page, text


def test_decision_is_previewed_and_then_made(desk_client: Client, officer: User, appeal: Appeal) -> None:
    answers = {"decision": "reduced", "amount": "20", "response": "First time."}
    response = desk_client.post(page_of(appeal), answers | {"preview": "1"})
    quote = response.context["quote"]
    assert (quote.owed, quote.back, Appeal.objects.get().state) == (Decimal("20"), Decimal("0.00"), "submitted")
    response = desk_client.post(page_of(appeal), answers | {"decide": "1", "owed": "20", "back": "0.00"}, follow=True)
    assert said(response) == [f"The appeal of ticket {appeal.violation.number} is decided."]
    decided = Appeal.objects.get()
    assert (decided.state, decided.reviewer, decided.reduced_to) == ("reduced", officer, Decimal("20.00"))


def test_canned_text_comes_in_the_appellants_language(desk_client: Client, appeal: Appeal, resident: User) -> None:
    type(resident).objects.update(language="fr")
    canned = CannedText.objects.create(name="First", text_en="First time.", text_fr="Première fois.")
    answers = {"decision": "upheld", "canned": str(canned.pk), "response": "À bientôt.", "preview": "1"}
    form = desk_client.post(page_of(appeal), answers).context["form"]
    assert (form["response"].value(), form["canned"].value()) == ("Première fois.\n\nÀ bientôt.", "")


def test_more_information_is_asked(desk_client: Client, appeal: Appeal) -> None:
    response = desk_client.post(page_of(appeal), {"response": "Which bay?", "ask": "1"}, follow=True)
    assert (said(response), Appeal.objects.get().state) == (["Ada Reyes is asked by e-mail."], "asked")


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"preview": "1"}, "Choose a decision first."),
        ({"decide": "1", "response": "x"}, "Choose a decision first."),
        ({"decision": "upheld", "decide": "1", "response": "x"}, "The amounts have changed since you saw them."),
    ],
)
def test_refusal_is_shown_on_the_page(desk_client: Client, appeal: Appeal, answers: dict[str, str], says: str) -> None:
    response = desk_client.post(page_of(appeal), answers)
    assert (said(response)[0].startswith(says), Appeal.objects.get().state) == (True, "submitted")


def test_writer_of_the_ticket_sees_why_there_is_no_form(desk_client: Client, officer: User, resident: User) -> None:
    violation = make_violation(make_vehicle(resident), officer=officer)
    appeal = submit_appeal(make_appeal(resident, violation), by=resident)
    page = desk_client.get(page_of(appeal)).content.decode()
    assert ("You wrote this ticket." in page, 'name="decide"' in page, 'name="preview"' in page) == (True, False, False)


def test_front_desk_looks_and_does_not_decide(appeal: Appeal) -> None:
    make_roles()
    clerk = make_user(is_staff=True)
    clerk.groups.add(Group.objects.get(name="Front desk"))
    client = sign_in(Client(), clerk)
    assert (client.get(page_of(appeal)).status_code, client.post(page_of(appeal)).status_code) == (200, 403)


def test_draft_is_nobodys_business(desk_client: Client, resident: User) -> None:
    assert desk_client.get(page_of(make_appeal(resident))).status_code == 302


@pytest.mark.parametrize(("action", "allowed"), [("allow", True), ("refuse", False)])
def test_association_is_allowed_or_refused(desk_client: Client, resident: User, action: str, allowed: bool) -> None:
    row = ask_consent(resident, make_violation())
    assert "?answer=waiting" in desk_client.get("/admin/").content.decode()
    form = {"action": action, "_selected_action": [row.pk]}
    assert said(desk_client.post(f"{ASSOCIATIONS}?answer=waiting", form, follow=True)) == [f"{row} is answered."]
    row.refresh_from_db()
    assert (row.began_at is not None, row.refused_at is not None) == (allowed, not allowed)
    assert Mail.objects.filter(kind="association_answered").count() == 1
    again = desk_client.post(ASSOCIATIONS, form, follow=True)
    assert said(again) == [f"{row}: This is answered already."]


def test_association_is_ended(desk_client: Client, resident: User) -> None:
    now = timezone.now()
    row = Association.objects.create(user=resident, violation=make_violation(), began_at=now)
    form = {"action": "end", "_selected_action": [row.pk]}
    assert said(desk_client.post(f"{ASSOCIATIONS}?answer=active", form, follow=True)) == ["1 association is ended."]
    assert Association.objects.active(timezone.now()).count() == 0
