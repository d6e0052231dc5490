"""Forms are built, looked at and published in the office, and what is submitted is reviewed there."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from forms_module.models import FormDefinition
from tests.conftest import sign_in
from tests.factories import make_form, make_lot, make_submission, make_user

ADD = "/admin/forms_module/formdefinition/add/"
LIST = "/admin/forms_module/submission/"


@pytest.fixture
def manager(db: None) -> Client:
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name="Permit manager"))
    return sign_in(Client(), user)


def typed(form: FormDefinition | None, *questions: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The page as a browser sends it."""
    saved = list(form.fields.filter(version=None)) if form else []
    data = {"name_en": "Move-in", "fields-TOTAL_FORMS": len(questions), "fields-INITIAL_FORMS": len(saved), **fields}
    for n, question in enumerate(questions):
        if n < len(saved):
            data[f"fields-{n}-id"] = saved[n].pk
        for name, value in ({"position": 0, "kind": "text", "label_en": f"Question {n}"} | question).items():
            data[f"fields-{n}-{name}"] = value
    return data


def complaints(client: Client, path: str, data: dict[str, Any]) -> list[str]:
    """What the page says against it."""
    page = client.post(path, data).context
    questions = page["inline_admin_formsets"][0].formset
    told = [*page["adminform"].form.errors.values(), *questions.non_form_errors().as_data()]
    told += [error for form in questions.forms for error in form.errors.values()]
    return ["".join(each) for each in told]


def test_form_is_built_previewed_and_published_without_code(manager: Client) -> None:
    first = {"kind": "choice", "label_en": "Van", "choices_en": "Yes\nNo", "choices_fr": "Oui\nNon"}
    manager.post(ADD, typed(None, first, _continue="1"))
    form = FormDefinition.objects.get()
    key = form.fields.get().key
    path = f"/admin/forms_module/formdefinition/{form.pk}/change/"
    second = {"label_en": "How long", "shown_when": key, "shown_value": "yes"}
    page = manager.post(path, typed(form, first, second, _publish="1"), follow=True).content.decode()
    assert "Version 1 is published." in page
    assert list(form.fields.filter(version=1).values_list("label", "shown_when")) == [("Van", ""), ("How long", key)]
    preview = manager.get(path.replace("change", "preview"))
    asked = BeautifulSoup(preview.content, "html.parser")
    assert [part["data-shown-when"] for part in asked.select("[data-shown-when]")] == [key]
    assert (
        "Nothing has changed"
        in manager.post(path, typed(form, first, second, _publish="1"), follow=True).content.decode()
    )


@pytest.mark.parametrize(
    ("questions", "fields", "complaint"),
    [
        ([{"kind": "choice"}], {}, "Write the choices, one a line."),
        ([{"kind": "choice", "choices_en": "A\na"}], {}, "Each choice stands there once."),
        (
            [{"kind": "choice", "choices_en": "A\nB", "choices_es": "A"}],
            {},
            "Write as many choices as in English, in the same order.",
        ),
        (
            [{}],
            {"public": "on", "once": "on"},
            "A public form cannot be one per person: without a login nobody knows who answers.",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused(manager: Client, questions: Any, fields: Any, complaint: str) -> None:
    assert complaints(manager, ADD, typed(None, *questions, **fields)) == [complaint]


@pytest.mark.parametrize(
    ("position", "wanted", "complaint"),
    [
        (-1, "", "hangs on a question that comes after it."),
        (1, "Perhaps", "waits for an answer that is none of the choices of the other question. There are: Yes, No."),
        (1, "Lot 12", "waits for an answer that is none of the choices of the other question. There are: p12."),
        (1, "2026-09-01", "waits for one certain answer to “Question 0”. It can only wait for any: leave it empty."),
    ],
)
def test_condition_looks_back_and_can_be_met(manager: Client, position: int, wanted: str, complaint: str) -> None:
    make_lot(code="p12", name="Lot 12")
    kind = {"Lot 12": "lot", "2026-09-01": "moment"}.get(wanted, "choice")
    van = {"kind": kind, "choices_en": "Yes\nNo" if kind == "choice" else "", "position": 1}
    form = make_form({"key": "van", **van}, {"key": "size"}, publish=False)
    size = {"shown_when": "van", "shown_value": wanted, "position": 1 + position}
    path = f"/admin/forms_module/formdefinition/{form.pk}/change/"
    (told,) = complaints(manager, path, typed(form, van, size))
    assert complaint in told


def test_queue_shows_what_waits_and_one_page_decides(
    staff_client: Client, resident: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    submission = make_submission(make_form({"key": "why", "label": "Why"}), resident, why="<b>Van</b>")
    make_submission(make_form(), make_user(), submit=False)
    rows = BeautifulSoup(staff_client.get(LIST).content, "html.parser").select("#result_list tbody tr")
    assert [row.select_one(".field-answerer_name").get_text() for row in rows] == ["Ada Reyes"]  # type: ignore[union-attr]
    path = f"{LIST}{submission.pk}/change/"
    page = staff_client.get(path).content.decode()
    assert ("&lt;b&gt;Van" in page, "Forms to review" in staff_client.get("/admin/").content.decode()) == (True, True)
    assert "Write why; the person reads it." in staff_client.post(path, {"do": "refused"}).content.decode()
    assert staff_client.post(path, {"do": "approved", "comment": "Fine."}).headers["Location"] == LIST
    assert "This form is not to be decided: Approved." in staff_client.get(path).content.decode()
    assert BeautifulSoup(staff_client.get(LIST).content, "html.parser").select("#result_list tbody tr") == []


def test_who_may_only_look_decides_nothing(resident: User) -> None:
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name="Auditor"))
    auditor = sign_in(Client(), user)
    path = f"{LIST}{make_submission(make_form(), resident).pk}/change/"
    assert (auditor.get(path).status_code, auditor.post(path, {"do": "approved"}).status_code) == (200, 403)
