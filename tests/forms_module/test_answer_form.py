"""The form that is made from rows: what is taken, what is refused, what is dropped."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.utils.translation import override

from accounts.models import User
from forms_module.answer_form import make_form as make_form_class
from forms_module.answer_form import steps_of
from forms_module.models import FormDefinition, FormField
from forms_module.shown import shown_answers
from opscom.lib.dates import today
from tests.factories import make_form, make_lot, make_permit, make_submission, make_user, make_vehicle, make_window

pytestmark = pytest.mark.django_db
CHOICES = {"choices_en": "Van\nTrailer", "choices_fr": "Camion\nRemorque"}


def rows_of(form: FormDefinition) -> list[FormField]:
    return list(form.fields.filter(version=form.version))


def answered(question: dict[str, Any], said: str, person: User | None = None) -> Any:
    """What is kept of one answer, or why it is refused."""
    rows = rows_of(make_form({"key": "q", **question}))
    form = make_form_class(rows, person)(QueryDict(said), known={})
    return form.answers.get("q", "–") if form.is_valid() else [str(error) for error in form.errors["q"]]


@pytest.mark.parametrize(
    ("question", "said", "kept"),
    [
        ({"kind": "text"}, "q=<b>'--&alien=1", "<b>'--"),
        ({"kind": "text"}, "q=", "–"),
        ({"kind": "text", "required": True}, "q=++", ["Fill this in."]),
        ({"kind": "text"}, "q=a%00b", ["Write letters, digits and signs only."]),
        ({"kind": "text"}, "q=" + 201 * "x", ["Up to 200 characters fit. Shorten the text."]),
        ({"kind": "long_text"}, "q=" + 10_000 * "x", ["Up to 4000 characters fit. Shorten the text."]),
        ({"kind": "number"}, "q=12.50", "12.50"),
        ({"kind": "number"}, "q=NaN", ["Write a number with digits, for example 12."]),
        ({"kind": "date"}, "q=2026-09-01", "2026-09-01"),
        ({"kind": "date"}, "q=tomorrow", ["Write the day as in 2026-09-01."]),
        ({"kind": "moment"}, "q=2026-09-01T14:30", "2026-09-01T14:30:00-04:00"),
        ({"kind": "moment"}, "q=9999-12-31T23:59", ["Write a day between 1900 and 2999."]),
        ({"kind": "choice", **CHOICES}, "q=Trailer", "Trailer"),
        ({"kind": "choice", **CHOICES}, "q=Boat", ["Choose one of the list."]),
        ({"kind": "choices", **CHOICES}, "q=Van&q=Trailer", ["Van", "Trailer"]),
        ({"kind": "choices", **CHOICES}, "q=Van&q=%00", ["Choose from the list only."]),
        ({"kind": "agree", "required": True}, "", ["Tick the box to agree; without it the form cannot be submitted."]),
        ({"kind": "agree", "required": True}, "q=on", True),
    ],
)
def test_answer_is_judged_by_its_kind(question: dict[str, Any], said: str, kept: Any) -> None:
    assert answered(question, said) == kept


def test_people_choose_among_their_own(resident: User) -> None:
    """Vehicles and permits of this person, and lots that are listed for them; never anybody else's."""
    other = make_user()
    mine, theirs = (make_vehicle(user).owner_links.get() for user in (resident, other))
    permit, foreign = make_permit(resident, make_window()), make_permit(other, make_window())
    for each in (permit, foreign):
        type(each).objects.filter(pk=each.pk).update(state="active", valid_before=today() + timedelta(days=9))
    lot, hidden = make_lot(name="Lot 12"), make_lot(visibility="hidden")
    wrong = ["Choose one of the list."]
    said = [
        answered({"kind": kind}, f"q={code}", resident)
        for kind, code in (
            ("vehicle", mine.code),
            ("vehicle", theirs.code),
            ("permit", permit.code),
            ("permit", foreign.code),
            ("lot", lot.code),
            ("lot", hidden.code),
        )
    ]
    assert said == [
        {"key": mine.code, "text": str(mine.vehicle)},
        wrong,
        {"key": permit.code, "text": f"{permit.number} ({permit.lot.name})"},
        wrong,
        {"key": lot.code, "text": "Lot 12"},
        wrong,
    ]


CHAIN = (
    {"key": "van", "kind": "choice", "choices_en": "Yes\nNo"},
    {"key": "size", "kind": "number", "required": True, "shown_when": "van", "shown_value": "yes"},
    {"key": "note", "required": True, "shown_when": "size", "shown_value": "", "starts_page": True},
)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("van=No&size=wrong&note=x", {"van": "No"}),  # what hangs on the dropped one is dropped, too
        ("van=Yes&size=6&note=x", {"van": "Yes", "size": "6", "note": "x"}),
        ("van=Yes&size=6", ["note"]),
        ("van=Yes&note=x", ["size"]),
        ("", {}),
    ],
)
def test_question_whose_condition_is_not_met_is_neither_required_nor_kept(said: str, kept: Any) -> None:
    form = make_form_class(rows_of(make_form(*CHAIN)), None)(QueryDict(said), known={"size": "9"})
    assert (form.answers if form.is_valid() else list(form.errors)) == kept


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(("chosen", "asked"), [("p12", True), ("p13", False)])
def test_condition_on_a_lot_holds_in_every_language(chosen: str, asked: bool, language: str) -> None:
    for code in ("p12", "p13"):
        make_lot(code=code, name=f"Lot {code}", name_fr=f"Stationnement {code}")
    lot = {"key": "where", "kind": "lot"}
    rows = rows_of(make_form(lot, {"key": "why", "shown_when": "where", "shown_value": "P12"}))
    with override(language):
        form = make_form_class(rows, None)(QueryDict(f"where={chosen}&why=Near"), known={})
        assert form.is_valid()
    assert ("why" in form.answers) == asked


@pytest.mark.parametrize(
    ("name", "wanted", "kept"), [("lease.pdf", "", {"until": "May"}), ("", "", {}), ("lease.pdf", "yes", {})]
)
def test_what_hangs_on_a_file_is_kept_with_the_file_that_is_just_sent(name: str, wanted: str, kept: Any) -> None:
    until = {"key": "until", "shown_when": "lease", "shown_value": wanted}
    rows = rows_of(make_form({"key": "lease", "kind": "file"}, until))
    files = {"lease": SimpleUploadedFile(name, b"%PDF-1.4")} if name else {}
    form = make_form_class(rows, None)(QueryDict("until=May"), files, known={})
    assert (form.is_valid(), form.answers) == (True, kept)


def test_page_that_nothing_calls_for_is_left_out() -> None:
    rows = rows_of(make_form(*CHAIN))
    keys = [[row.key for row in step] for step in steps_of(rows, {"van": "No"})]
    assert keys == [["van", "size"]]
    keys = [[row.key for row in step] for step in steps_of(rows, {"van": "Yes", "size": "6"})]
    assert keys == [["van", "size"], ["note"]]


def test_answers_are_read_in_the_readers_language(resident: User) -> None:
    form = make_form(
        {"key": "what", "kind": "choices", "label_en": "What", "label_fr": "Quoi", **CHOICES},
        {"key": "when", "kind": "moment", "label_en": "When", "label_fr": "Quand"},
        {"key": "ok", "kind": "agree", "label_en": "Fine", "label_fr": "Bien"},
    )
    submission = make_submission(form, resident, what=["Van", "Trailer"], when="2026-09-01T14:30:00-04:00", ok=True)
    with override("fr"):
        told = [(each.question, each.words) for each in shown_answers(submission)]
    assert told[:1] == [("Quoi", "Camion, Remorque")]
    assert [question for question, _words in told] == ["Quoi", "Quand", "Bien"]
