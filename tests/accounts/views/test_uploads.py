"""Account Uploads."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.contrib.messages import get_messages
from django.core.files.storage import default_storage
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import AccountEvent, AccountUpload, User
from tests.accounts.office import SETTINGS_READ
from tests.conftest import sign_in
from tests.documents import ACTIVE, pdf, picture, upload
from tests.factories import change_office, make_upload, make_user

pytestmark = pytest.mark.django_db
PAGE = "/uploads/"


@pytest.fixture(autouse=True)
def _media_of_this_test(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


def member_of(role: str) -> tuple[User, Client]:
    """A member of staff in that role, and their browser."""
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user, sign_in(Client(), user)


def said(response: Any) -> list[tuple[str, str]]:
    """The messages of the next page with their levels."""
    return [(message.level_tag, str(message)) for message in get_messages(response.wsgi_request)]


def test_page_says_what_fits_and_lists_nothing_yet(resident_client: Client) -> None:
    page = resident_client.get(PAGE).content.decode()
    for words in (
        "Account Uploads",
        "Select Files to Upload",
        "Upload File",
        "Uploaded Documents",
        "Nothing uploaded yet.",
    ):
        assert words in page


def test_files_are_uploaded_and_listed(resident: User, resident_client: Client) -> None:
    response = resident_client.post(PAGE, {"files": [upload(pdf(), "Lease.pdf"), upload(picture(), "card.jpg")]})
    assert (response.headers["Location"], said(response)) == (PAGE, [("success", "2 files are uploaded.")])
    page = resident_client.get(PAGE).content.decode()
    lease, card = (AccountUpload.objects.get(name=name) for name in ("Lease.pdf", "card.jpg"))
    assert (f'href="/uploads/{lease.code}/"' in page, f'src="/uploads/{card.code}/small/"' in page) == (True, True)
    assert (page.count("Received"), page.count("Delete<span")) == (2, 2)


def test_good_files_are_kept_and_each_refused_one_is_named(resident_client: Client) -> None:
    files = [upload(b"MZ", "a.exe"), upload(pdf(), "b.pdf"), upload(pdf(ACTIVE["opens with a script"]), "c.pdf")]
    assert said(resident_client.post(PAGE, {"files": files})) == [
        ("success", "1 file is uploaded."),
        ("error", "a.exe is no PDF, PNG or JPG file. Save it as one of these, then add it again."),
        ("error", "c.pdf holds scripts, forms that act, or other files inside. Print it to a new PDF, then add that."),
    ]
    assert AccountUpload.objects.count() == 1


@pytest.mark.parametrize("data", [{}, {"files": "text"}])
def test_form_without_a_file_says_so(resident_client: Client, data: dict[str, str]) -> None:
    assert said(resident_client.post(PAGE, data)) == [("error", "Select at least one file, then press Upload File.")]


def test_progress_bars_request_is_told_where_to_go(resident_client: Client) -> None:
    response = resident_client.post(PAGE, {"files": upload(pdf(), "a.pdf")}, headers={"Accept": "application/json"})
    assert (response.status_code, response.json()) == (200, {"next": PAGE})
    assert "1 file is uploaded." in resident_client.get(PAGE).content.decode()


def test_owner_downloads_what_was_stored(resident: User, resident_client: Client) -> None:
    row = make_upload(resident, name='Zoë\'s "lease".pdf')
    response = resident_client.get(f"/uploads/{row.code}/")
    assert (response.status_code, response.getvalue()) == (200, pdf())
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "private, no-store"
    assert AccountEvent.objects.count() == 0


def test_small_picture_shows_for_its_owner_only(resident: User, resident_client: Client) -> None:
    resident_client.post(PAGE, {"files": upload(picture(), "card.jpg")})
    path = f"/uploads/{AccountUpload.objects.get().code}/small/"
    response = resident_client.get(path)
    assert (response.headers["Content-Type"], response.getvalue()[:3]) == ("image/jpeg", b"\xff\xd8\xff")
    assert sign_in(Client(), make_user()).get(path).status_code == 404
    assert resident_client.get(f"/uploads/{make_upload(resident).code}/small/").status_code == 404


def test_strangers_and_staff_without_the_right_find_nothing(resident: User, client: Client) -> None:
    path = f"/uploads/{make_upload(resident).code}/"
    assert client.get(path).headers["Location"] == f"/login?next={path}"
    for browser in (sign_in(Client(), make_user()), member_of("Cashier")[1]):
        assert (browser.get(path).status_code, browser.post(f"{path}delete/").status_code) == (404, 404)
    assert AccountUpload.objects.count() == 1


def test_each_look_of_staff_is_noted_for_the_person(resident: User) -> None:
    row = make_upload(resident, name="lease.pdf")
    clerk, desk = member_of("Front desk")
    assert desk.get(f"/uploads/{row.code}/").status_code == 200
    desk.head(f"/uploads/{row.code}/")
    [event] = AccountEvent.objects.for_user(resident)
    assert (event.verb, event.by, event.detail) == ("upload_viewed", clerk, "lease.pdf")
    assert desk.post(f"/uploads/{row.code}/delete/").status_code == 404


@pytest.mark.parametrize(
    ("state", "words"),
    [("checking", "We check it for viruses."), ("refused", "The virus scanner found something in it")],
)
def test_what_is_not_checked_or_refused_cannot_be_opened(
    resident: User, resident_client: Client, staff_client: Client, state: str, words: str
) -> None:
    row = make_upload(resident, state=state)
    page = resident_client.get(PAGE).content.decode()
    assert (words in page, f'href="/uploads/{row.code}/"' in page) == (True, False)
    for browser in (resident_client, staff_client):
        assert browser.get(f"/uploads/{row.code}/").status_code == 404


def test_document_is_deleted_until_it_is_taken_into_account(resident: User, resident_client: Client) -> None:
    first, second = make_upload(resident, name="a.pdf"), make_upload(resident, name="b.pdf", state="taken")
    for row in (first, second):
        answer = resident_client.post(f"/uploads/{row.code}/delete/")
    assert said(answer) == [
        ("success", "a.pdf is deleted."),
        ("error", "The parking office has taken b.pdf into account, so it stays."),
    ]
    page = resident_client.get(PAGE).content.decode()
    assert ("Taken into account" in page, "Delete<span" in page) == (True, False)


def test_file_that_is_gone_is_not_there(resident: User, resident_client: Client) -> None:
    row = make_upload(resident)
    default_storage.delete(str(row.file.name))
    assert resident_client.get(f"/uploads/{row.code}/").status_code == 404


def test_switched_off_there_is_neither_page_nor_entry(resident: User, resident_client: Client) -> None:
    row = make_upload(resident)
    assert f'href="{PAGE}"' in resident_client.get("/profile/").content.decode()
    change_office(uploads_enabled=False)
    assert f'href="{PAGE}"' not in resident_client.get("/profile/").content.decode()
    answers = [
        resident_client.get(PAGE),
        resident_client.post(PAGE, {"files": upload(pdf(), "a.pdf")}),
        resident_client.get(f"/uploads/{row.code}/"),
        resident_client.post(f"/uploads/{row.code}/delete/"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert AccountUpload.objects.count() == 1


def test_stored_files_are_served_by_no_address(resident: User, resident_client: Client) -> None:
    name = make_upload(resident).file.name
    assert {resident_client.get(f"/{start}{name}").status_code for start in ("", "media/", "static/")} == {404}


@pytest.mark.parametrize("name", ["<script>alert(1)</script>.pdf", "{{ office }}.pdf", "Zoë 👩🏽‍🚀.pdf"])
def test_hostile_name_is_text(resident_client: Client, name: str) -> None:
    resident_client.post(PAGE, {"files": upload(pdf(), name)})
    page = resident_client.get(PAGE).content.decode()
    assert "<script>alert" not in page
    assert AccountUpload.objects.get().name.endswith(".pdf")


def test_other_methods_are_refused(resident: User, resident_client: Client) -> None:
    row = make_upload(resident)
    assert resident_client.delete(PAGE).status_code == 405
    assert resident_client.post(f"/uploads/{row.code}/").status_code == 405
    assert resident_client.get(f"/uploads/{row.code}/delete/").status_code == 405


def test_page_costs_the_same_with_three_documents(
    resident: User, resident_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    resident_client.get(PAGE)
    for _n in range(3):
        make_upload(resident)
        with django_assert_num_queries(4 + SETTINGS_READ):
            resident_client.get(PAGE)
    with django_assert_num_queries(11 + SETTINGS_READ):
        resident_client.post(PAGE, {"files": upload(pdf(text="new"), "a.pdf")})
