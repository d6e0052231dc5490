"""One form in the browser: page by page, Submit, the green message, files."""

from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import AccountUpload, User
from forms_module.errors import FormRefused
from forms_module.models import Submission
from forms_module.services.answering import discard_draft, submit_form
from forms_module.services.reviewing import ask_back
from tests.conftest import sign_in
from tests.documents import picture, upload
from tests.factories import make_form, make_submission, make_user

SETTINGS = int(not settings.REDIS_URL)  # without Redis they are a row


@pytest.fixture
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


def begin(client: Client, **fields: Any) -> tuple[Submission, str]:
    form = make_form(
        {"key": "why", "label": "Why", "required": True},
        {"key": "day", "kind": "date", "label": "Which day", "starts_page": True, "required": True},
        **fields,
    )
    path = client.post(f"/forms/{form.code}/").headers["Location"]
    return Submission.objects.get(form=form), path


def test_pages_are_kept_and_submit_shows_the_green_message(
    resident_client: Client, resident: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    submission, path = begin(resident_client)
    assert (
        resident_client.post(path, {"why": "Van", "alien": "1", "do": "next"}).headers["Location"] == f"{path}?page=2"
    )
    with django_assert_num_queries(5 + SETTINGS):
        page = resident_client.get(f"{path}?page=2").content.decode()
    assert ("Page 2 of 2" in page, "(optional)" in page) == (True, False)
    assert resident_client.post(f"{path}?page=2", {"do": "back"}).headers["Location"] == f"{path}?page=1"
    assert 'value="Van"' in resident_client.get(path).content.decode()
    with django_assert_num_queries(15 + SETTINGS):
        resident_client.post(f"{path}?page=2", {"day": "2026-09-01", "do": "submit"})
    green = BeautifulSoup(resident_client.get(path).content, "html.parser").select_one(".callout.is-paid")
    assert green is not None
    assert green.get_text(strip=True).startswith("Your form was sent to the parking office.")
    submission.refresh_from_db()
    assert (submission.state, submission.answers) == ("submitted", {"why": "Van", "day": "2026-09-01"})
    assert resident_client.post(path, {"why": "Other"}).headers["Location"] == path  # the other tab
    submission.refresh_from_db()
    assert submission.answers["why"] == "Van"


def test_later_page_alone_leads_back_to_what_is_missing(resident_client: Client) -> None:
    submission, path = begin(resident_client)
    answer = resident_client.post(f"{path}?page=2", {"day": "2026-09-01", "do": "submit"})
    assert answer.headers["Location"] == f"{path}?page=1"
    page = resident_client.post(path, {"why": 201 * "x", "do": "next"}).content.decode()
    assert ("Up to 200 characters fit." in page, 201 * "x" in page) == (True, True)
    submission.refresh_from_db()
    assert (submission.state, submission.answers) == ("draft", {"day": "2026-09-01"})


def test_guest_is_asked_for_an_address_and_keeps_the_draft(db: None) -> None:
    guest = Client()
    submission, path = begin(guest, public=True)
    who = {"guest-name": "Jo", "guest-email": "jo@example.test"}
    assert "Enter your email address." in guest.post(path, {"why": "Van", "do": "next"}).content.decode()
    long = who | {"guest-email": f"{'x' * 60}@{'example.' * 25}test"}  # 264 characters
    assert guest.post(path, {"why": "Van", "do": "next"} | long).status_code == 200
    guest.post(path, {"why": "Van", "do": "next"} | who)
    guest.post(f"{path}?page=2", {"day": "2026-09-01"})
    submission.refresh_from_db()
    assert (submission.state, submission.answerer, submission.address) == ("submitted", "Jo", "jo@example.test")
    guest.force_login(make_user())
    assert guest.get(path).status_code == 200  # signed in meanwhile, it is still this browser's


def test_file_is_judged_by_its_content_kept_with_the_documents_and_private(
    resident_client: Client, resident: User, staff_client: Client, media: Path
) -> None:
    form = make_form({"key": "lease", "kind": "file", "label": "Lease", "required": True})
    path = resident_client.post(f"/forms/{form.code}/").headers["Location"]
    assert "Add a file." in resident_client.post(path).content.decode()
    page = resident_client.post(path, {"lease": upload(b"MZ not a picture", "lease.pdf")}).content.decode()
    assert "lease.pdf is no PDF, PNG or JPG file." in page
    for name in ("lease.jpg", "again.jpg"):  # the same once more, from the other tab: it is found, not refused
        resident_client.post(path, {"lease": upload(picture(), name), "do": "save"})
    assert "You have added lease.jpg." in resident_client.get(path).content.decode()
    resident_client.post(path, {"do": "submit"})
    paper = AccountUpload.objects.get()
    submission = Submission.objects.get()
    assert (paper.state, submission.answers) == ("taken", {"lease": {"key": paper.code, "text": "lease.jpg"}})
    file = f"{path}files/{paper.code}/"
    strangers = [Client(), sign_in(Client(), make_user())]
    assert [client.get(file).status_code for client in (resident_client, staff_client, *strangers)] == [
        200,
        200,
        404,
        404,
    ]
    other = make_submission(make_form(), resident)
    assert resident_client.get(f"/forms/answers/{other.code}/files/{paper.code}/").status_code == 404


def test_office_asks_and_the_form_is_open_again(resident_client: Client, resident: User, staff: User) -> None:
    submission = ask_back(make_submission(make_form(), resident), comment="Which <day>?", by=staff)
    path = f"/forms/answers/{submission.code}/"
    page = resident_client.get(path).content.decode()
    assert ("Which &lt;day&gt;?" in page, 'value="A moving van"' in page) == (True, True)
    resident_client.post(path, {"why": "Monday"})
    submission.refresh_from_db()
    assert (submission.state, submission.answers) == ("submitted", {"why": "Monday"})


def test_draft_is_deleted_and_what_was_sent_is_not(resident_client: Client, resident: User) -> None:
    form = make_form({"key": "why"})
    sent = make_submission(form, resident, why="Van")
    draft = make_submission(form, resident, submit=False)
    assert "Delete this draft" in resident_client.get(f"/forms/answers/{draft.code}/").content.decode()
    for submission in (draft, sent):
        resident_client.post(f"/forms/answers/{submission.code}/", {"do": "discard"})
    assert list(Submission.objects.values_list("pk", flat=True)) == [sent.pk]


def test_draft_that_another_tab_hands_in_stays(resident: User) -> None:
    draft = make_submission(make_form({"key": "why"}), resident, submit=False, why="Van")
    submit_form(Submission.objects.get(), by=resident)
    assert (discard_draft(draft), Submission.objects.count()) == (False, 1)


def test_deleting_late_changes_no_answer_and_deleting_twice_is_told(
    resident_client: Client, resident: User, staff: User
) -> None:
    sent = make_submission(make_form({"key": "why"}), resident, why="Van")
    ask_back(sent, by=staff, comment="How long?")
    address = f"/forms/answers/{sent.code}/"
    assert resident_client.post(address, {"do": "discard"}).headers["Location"] == address
    sent.refresh_from_db()
    assert sent.answers == {"why": "Van"}
    draft = make_submission(make_form({"key": "why"}), resident, submit=False)
    assert discard_draft(Submission.objects.get(pk=draft.pk))
    assert not discard_draft(draft)
    with pytest.raises(FormRefused):
        submit_form(draft, by=resident)
