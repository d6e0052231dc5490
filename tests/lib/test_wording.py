"""Texts that an office writes: what can be said in them, and what cannot be reached from them."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.core.exceptions import ObjectDoesNotExist

from opscom.lib.wording import LONGEST, Blank, WordingError, compile_wording, values_of

BLANKS = (
    Blank("name", sample="Ada"),
    Blank("total", sample=Decimal("94.50")),
    Blank("late", sample=True),
    Blank("permit.lot", sample="Lot C"),
    Blank("permit.lot.name", sample="Lot C"),
    Blank("parts", sample=["a", "b"], columns=1),
    Blank("totals", sample=[("Net", "1")], columns=2),
    Blank("taxes", sample=[], items=("tax.name", "amount")),
)


class Lot:
    """Something that prints, with a name and more below it."""

    name, secret = "Lot C", "s3cret"

    def __str__(self) -> str:
        return "Lot C, Harbour"


TAX = SimpleNamespace(tax=SimpleNamespace(name="HST", secret="x"), amount=Decimal("1.50"))
KNOWN = {
    "name": '<b>"Eve"</b> {{ total }}',
    "total": Decimal("1234.50"),
    "late": False,
    "permit": SimpleNamespace(lot=Lot()),
    "parts": ["one", "two"],
    "totals": [("Net", 3)],
    "taxes": [TAX],
    "user": SimpleNamespace(password="hash"),
}


def filled(text: str) -> str:
    return compile_wording(text, BLANKS).render(values_of(KNOWN, BLANKS))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hello {{ name }}", 'Hello <b>"Eve"</b> {{ total }}'),
        ("{{ total|money }}", "$1,234.50"),
        ("{% if late %}late{% elif total and not late %}on time{% else %}?{% endif %}", "on time"),
        ("{% if late == None or total > 5 %}x{% endif %}", "x"),
        ("{{ permit.lot }}: {{ permit.lot.name|upper }}", "Lot C, Harbour: LOT C"),
        ("{{ parts|join:', ' }}{% for a in parts %} {{ forloop.counter }}{{ a }}{% endfor %}", "one, two 1one 2two"),
        ("{% for a, b in totals %}{{ a }}={{ b }}{% empty %}none{% endfor %}", "Net=3"),
        ("{% for a in taxes %}{{ a.tax.name }} {{ a.amount|money }}{% endfor %}", "HST $1.50"),
    ],
)
def test_text_says(text: str, said: str) -> None:
    assert filled(text) == said


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a\n{{ user.password }}", "Line 2: there is no placeholder “user.password” here. The list shows"),
        ("{{ settings.SECRET_KEY }}", "Line 1: there is no placeholder “settings.SECRET_KEY”"),
        ("{{ name.format }}", "there is no placeholder “name.format” here."),
        ("{{ permit.lot.secret }}", "there is no placeholder “permit.lot.secret”"),
        ("{{ permit.lot.__class__ }}", "cannot be read"),
        ("{{ totl|money }}", "Line 1: there is no placeholder “totl” here. Did you mean “total”?"),
        ("{{ name|default:user.password }}", "there is no placeholder “user.password”"),
        ("{% if user.is_staff %}x{% endif %}", "there is no placeholder “user.is_staff”"),
        ("{% if late and not x or total %}x{% endif %}", "there is no placeholder “x”"),
        ("{% for a in taxes %}{{ a.tax.secret }}{% endfor %}", "there is no placeholder “a.tax.secret”"),
        ("{% for a in parts %}{% endfor %}{{ a }}", "there is no placeholder “a”"),
        ("{% for a in name %}x{% endfor %}", "for goes through a list, and “name” is none."),
        ("{% for a in totals %}x{% endfor %}", "for over “totals” takes as many names as it has columns: 2."),
        ("{% for a in parts %}{% for b in parts %}x{% endfor %}{% endfor %}", "a for inside of another one"),
        ("x\n\n{% include 'mail/receipt.txt' %}", "Line 3: “include 'mail/receipt.txt'” cannot be read."),
        ("{% extends 'base.html' %}", "cannot be read"),
        ("{% load portal %}", "cannot be read"),
        ("{% debug %}", "cannot be read"),
        ("{% csrf_token %}", "cannot be read"),
        ("{% with a=name %}{{ a }}{% endwith %}", "cannot be read"),
        ("{% if late %}x", "Line 1: “if late” cannot be read."),
        ("{{ name|ljust:'99999999' }}", "cannot be read"),
        ("{{ total|floatformat:999999999 }}", "cannot be read"),
        ("Hello\n{{ name", "Line 2: “{{” stands alone."),
        ("100 %}", "Line 1: “%}” stands alone."),
        ("{% if late %}" * 1500 + "{% endif %}" * 1500, "at most 20000 characters"),
        ("{% if late %}" * 800 + "{% endif %}" * 800, "too many conditions within each other"),
        ("x" * 100_000, f"at most {LONGEST} characters"),
    ],
)  # fmt: skip
def test_text_is_refused_with_the_place_and_the_name(text: str, problem: str) -> None:
    with pytest.raises(WordingError) as refusal:
        compile_wording(text, BLANKS)
    assert problem in refusal.value.message


def test_text_without_what_its_reader_needs_is_refused() -> None:
    assert compile_wording("{% if late %}{{ name }}{% endif %}", BLANKS, required=["name"]).names == {"late", "name"}
    with pytest.raises(WordingError, match=r"must hold \{\{ name \}\}"):
        compile_wording("Hello", BLANKS, required=["name"])


def test_values_are_plain_whatever_they_came_from() -> None:
    values = values_of(KNOWN | {"name": Lot(), "parts": [Lot()] * 500}, BLANKS)
    assert (type(values["name"]), values["name"]) == (str, "Lot C, Harbour")
    assert values["parts"] == ["Lot C, Harbour"] * 200
    assert "user" not in values
    assert set(values["permit"]["lot"]) == {"name"}


def test_text_that_grows_beyond_all_measure_is_not_written() -> None:
    text = compile_wording("{% for a in parts %}" + "{{ a }}" * 10 + "{% endfor %}", BLANKS)
    with pytest.raises(WordingError, match="longer than anybody reads"):
        text.render({"parts": ["x" * 10_000] * 200})


def test_what_is_not_there_is_empty() -> None:
    assert (
        compile_wording("a{{ permit.lot.name }}{{ total|money }}{{ late }}b", BLANKS).render(values_of({}, BLANKS))
        == "ab"
    )


@pytest.mark.parametrize(
    ("lot", "said"), [(None, "none: "), (SimpleNamespace(name="C"), "some: C"), (SimpleNamespace(name=""), "some: ")]
)
def test_condition_on_what_has_more_below_it_asks_whether_it_is_there(lot: object, said: str) -> None:
    text = compile_wording("{% if permit.lot %}some{% else %}none{% endif %}: {{ permit.lot.name }}", BLANKS)
    assert text.render(values_of({"permit": SimpleNamespace(lot=lot)}, BLANKS, only=text.names)) == said


class Nobody:
    """A row without the other one that may belong to it."""

    @property
    def lot(self) -> None:
        raise ObjectDoesNotExist


def test_missing_row_of_one_to_one_is_empty() -> None:
    text = compile_wording("a{{ permit.lot.name }}b", BLANKS)
    assert text.render(values_of({"permit": Nobody()}, BLANKS, only=text.names)) == "ab"
