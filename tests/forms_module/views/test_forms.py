"""/forms/: what is open, what was submitted, Open Form."""

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from forms_module.models import FormDefinition, Submission
from opscom.lib.append_only import rewriting_history
from tests.factories import change_office, make_form, make_submission, make_user_type

SETTINGS = int(not settings.REDIS_URL)  # without Redis they are a row


def words(client: Client, path: str = "/forms/") -> list[str]:
    page = BeautifulSoup(client.get(path).content, "html.parser")
    return [" ".join(part.get_text(" ").split()) for part in page.select("article h2, #mine ~ .rows > li")]


def test_list_shows_what_is_for_this_person_and_how_theirs_stand(resident_client: Client, resident: User) -> None:
    make_form(name="For all")
    make_form(name="Of others").user_types.add(make_user_type())
    mine = make_form(name="For my type")
    resident.user_type = make_user_type()
    resident.save()
    mine.user_types.add(resident.user_type)
    make_form(name="Not published", publish=False)
    make_form(name="Public", public=True)
    make_submission(mine, resident)
    assert [line.partition(" on ")[0] for line in words(resident_client)] == [
        "For all",
        "For my type",
        "Public",
        "For my type Submitted",
    ]
    assert words(Client()) == ["Public"]


@pytest.mark.parametrize("rows", [1, 3])
def test_list_asks_as_often_for_many(
    rows: int, resident_client: Client, resident: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _row in range(rows):
        make_submission(make_form(), resident)
    with django_assert_num_queries(6 + SETTINGS):
        resident_client.get("/forms/")


def test_forms_that_are_off_are_nowhere(resident_client: Client, resident: User) -> None:
    submission = make_submission(make_form(), resident)
    assert 'href="/forms/"' in resident_client.get("/profile/").content.decode()
    change_office(forms_enabled=False)
    assert 'href="/forms/"' not in resident_client.get("/profile/").content.decode()
    paths = ("/forms/", f"/forms/{submission.form.code}/", f"/forms/answers/{submission.code}/")
    assert [resident_client.get(path).status_code for path in paths] == [404, 404, 404]


def test_open_form_is_one_draft_however_often_it_is_pressed(resident_client: Client, resident: User) -> None:
    form = make_form(once=True)
    first, again = (resident_client.post(f"/forms/{form.code}/").headers["Location"] for _click in range(2))
    assert first == again == f"/forms/answers/{Submission.objects.get().code}/"
    assert resident_client.get(first).status_code == 200
    with rewriting_history():
        Submission.objects.all().delete()
    make_submission(form, resident)
    page = resident_client.post(f"/forms/{form.code}/", follow=True).content.decode()
    assert "You have submitted this form already." in page


def test_public_form_needs_no_login_and_is_throttled(db: None) -> None:
    form, guest = make_form(public=True), Client()
    assert guest.get(f"/forms/{make_form().code}/").status_code == 404
    first, again = (guest.post(f"/forms/{form.code}/").headers["Location"] for _click in range(2))
    assert first == again
    assert Client().get(first).status_code == 404
    places = [Client().post(f"/forms/{form.code}/").headers["Location"] for _visitor in range(20)]
    assert [place == "/forms/" for place in places] == [False] * 19 + [True]


def test_login_page_leads_to_forms_that_need_no_account(db: None) -> None:
    form, client = make_form(public=False), Client()
    assert "Forms that need no account" not in client.get("/login/").content.decode()
    FormDefinition.objects.filter(pk=form.pk).update(public=True)
    assert '<a href="/forms/">Forms that need no account</a>' in client.get("/login/").content.decode()
    assert form.name in client.get("/forms/").content.decode()
    change_office(forms_enabled=False)
    assert "Forms that need no account" not in client.get("/login/").content.decode()
