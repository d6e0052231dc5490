"""Folded templates write what Django's write, whatever the language and whoever looks."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.template import Context, Engine, TemplateSyntaxError
from django.template.loader_tags import BlockNode
from django.urls import set_script_prefix
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy, override

from opscom.lib.folding import AddressNode, FoldedNode, SentenceNode

LIBRARIES = {"i18n": "django.templatetags.i18n", "static": "django.templatetags.static"}
BUILTINS = [*LIBRARIES.values(), "opscom.templatetags.portal", "opscom.templatetags.icons"]
BASE = '{% load i18n static %}<title>{% block title %}{% translate "Home" %}{% endblock %}</title>{% static "css/portal.css" %}{% block content %}{% endblock %}{% url "home" %}'
PARTIAL = '{% load i18n %}{% translate "Vehicles" as word %}[{{ word }} {{ name }}{% for x in inner %}{% translate "Permits" %}{{ x }}{% endfor %}]'
PAGES = {
    "words": 'a {# remark #}{% comment %}no{% endcomment %}{% translate "Home" %} {% translate "Log Out" noop %} {% translate "100%" %}',
    "words of the reader": '{% translate name %}|{% translate "Home" as word %}{{ word }}|{% translate "May" context "month name" %}|{% translate "Home"|upper %}',
    "signs": '{% autoescape off %}{% translate "<b> & co" %}{{ name }}{% endautoescape %}{% translate "<b> & co" %}{{ name }}{{ safe }}',
    "addresses": '{% url "home" %}{% url "permits:detail" code %}{% url "permits:detail" "A1" %}{% url "home" as way %}{{ way }}{% url "nowhere" as none %}{{ none }}{% url "permits:detail" code=code %}',
    "icons": '{% heroicon_mini "check" class="icon" %}{% heroicon_mini icon class="icon" %}{% pill "paid" %}{% pill "paid" name %}{% pill state %}{% pill "paid" as said %}{{ said }}',
    "sentences": '{% blocktranslate trimmed with name=thing.name|upper day=day|date:"MONTH_DAY_FORMAT" %}\n Welcome, {{ name }}.\n {{ day }} {{ missing }} {{ n }} 5 %{% endblocktranslate %}{% blocktranslate asvar said %}Home{% endblocktranslate %}{{ said }}',
    "numbers of things": "{% for many in counts %}{% blocktranslate trimmed count n=many %}{{ n }} item is open.{% plural %}{{ n }} items are open.{% endblocktranslate %}{% blocktranslate count n=many with name=name %}{{ n }} left{% plural %}{{ n }} left {{ name }}{% endblocktranslate %}{% endfor %}",
    "what is counted is named there": "{% blocktranslate with m=n count k=m %}{{ k }} a{% plural %}{{ k }} b{% endblocktranslate %}",
    "another language in between": '{% load i18n %}{% language "fr" %}{% translate "Home" %}{% endlanguage %}{% translate "Home" %}{% language "es" %}{% translate "Home" %}{% endlanguage %}',
    "branches": '{% if thing.name == "<Ada>" and not nothing.at.all %}{% translate "Home" %}{{ n }}{% elif n %}{% translate "Permits" %}{% else %}x{% endif %}{% if n > counts.0 %}more{% else %}{% translate "Vehicles" %}{% endif %}',
    "loops": '{% for x in counts %}{% if not forloop.first %}, {% endif %}{{ forloop.counter }}{{ x }}{% translate "Home" %}{% empty %}none{% endfor %}{% for x in nothing %}{% empty %}{% translate "Home" %}{% endfor %}{% with y=thing.name %}{{ y }}{% translate "Home" %}{% endwith %}',
    "partials": '{% include "partial" %}{% include "partial" with name=thing.name inner=counts %}{{ word }}',
    "a page of a base": '{% extends "base" %}{% block title %}{% translate "Permits" %}{{ n }}{% endblock %}{% block content %}{{ block.super }}{% include "partial" %}{% endblock %}',
    "look-ups": "{{ thing.name }}{{ thing.shout }}{{ thing.broken }}{{ thing.unknown }}{{ words.key }}{{ words.items }}{{ words.nested.deep }}{{ counts.1 }}{{ counts.9 }}{{ call }}{{ call.name }}{{ thing.gone }}{{ unknown.x }}{{ lazy }}{{ amount|money }}{{ n|add:thing.number }}{{ None }}{{ True }}{{ 5 }}{{ kind.title }}",
}


class Thing:
    """With what a template may meet at an object."""

    name, number = "<Ada>", 7

    def __str__(self) -> str:
        return "a thing"

    def shout(self) -> str:
        """Called without arguments."""
        return self.name.upper()

    def broken(self, word: str) -> str:
        """Cannot be called by a template."""
        return word

    @property
    def gone(self) -> str:
        """As a related object that is not there."""
        raise Missing


class Missing(AttributeError):
    """Django's own says the same of itself."""

    silent_variable_failure = True


def context() -> dict[str, Any]:
    return {
        "name": "Ann & <b>",
        "safe": mark_safe("<i>"),
        "code": "C0DE",
        "icon": "clock",
        "state": "owed",
        "thing": Thing(),
        "day": date(2026, 11, 22),
        "n": 1234,
        "counts": [0, 1, 2],
        "words": {"key": "<key>", "nested": SimpleNamespace(deep=Decimal("1.50"))},
        "call": Thing,
        "lazy": gettext_lazy("Home"),
        "amount": Decimal("12.50"),
        "kind": "kind",
    }


def engine(loader: str) -> Engine:
    pages = ("django.template.loaders.locmem.Loader", {"base": BASE, "partial": PARTIAL, **PAGES})
    return Engine(loaders=[(loader, [pages])], libraries=LIBRARIES, builtins=BUILTINS)


FOLDED, PLAIN = engine("opscom.lib.folding.Loader"), engine("django.template.loaders.cached.Loader")


@pytest.mark.parametrize("template", PAGES)
def test_folded_page_says_what_the_plain_one_says(template: str) -> None:
    for language in ("en", "fr", "es", "en", None):
        with override(language):
            for _time in range(2):
                assert FOLDED.get_template(template).render(Context(context())) == PLAIN.get_template(template).render(
                    Context(context())
                ), language


def test_folded_page_follows_who_looks() -> None:
    page = FOLDED.get_template("sentences")
    said = [page.render(Context(context() | {"thing": SimpleNamespace(name=name)})) for name in ("Ada", "Kim", "Ada")]
    assert ["Welcome, ADA." in said[0], "Welcome, KIM." in said[1], said[2] == said[0]] == [True, True, True]


def test_folded_page_follows_the_address_of_the_portal() -> None:
    page = FOLDED.get_template("addresses")
    before = page.render(Context(context()))
    set_script_prefix("/parking/")
    try:
        assert page.render(Context(context())) == PLAIN.get_template("addresses").render(Context(context()))
        assert "/parking/home/" in page.render(Context(context()))
    finally:
        set_script_prefix("/")
    assert page.render(Context(context())) == before


def test_folded_page_has_one_node_for_neighbours_and_none_for_what_depends_on_more() -> None:
    kinds = {page: [type(node) for node in FOLDED.get_template(page).nodelist] for page in PAGES}
    assert kinds["words"] == [FoldedNode]
    assert kinds["words of the reader"].count(FoldedNode) == 0
    assert kinds["addresses"].count(FoldedNode) == 2
    assert kinds["addresses"][1] is AddressNode
    assert kinds["sentences"][0] is SentenceNode
    assert SentenceNode not in kinds["what is counted is named there"]
    assert [kind for kind in kinds["icons"] if kind is FoldedNode] == [FoldedNode, FoldedNode]


def test_folded_page_fails_where_django_fails() -> None:
    broken = {
        "page": '{% url "nowhere" n %}',
        "count": "{% blocktranslate count n=name %}a{% plural %}b{% endblocktranslate %}",
    }
    pages = ("django.template.loaders.locmem.Loader", broken)
    folded = Engine(loaders=[("opscom.lib.folding.Loader", [pages])], builtins=["django.templatetags.i18n"])
    with pytest.raises(Exception, match="nowhere"):
        folded.get_template("page").render(Context(context()))
    with pytest.raises(TemplateSyntaxError, match="must be a number"):
        folded.get_template("count").render(Context(context()))


def test_every_template_keeps_the_blocks_that_others_fill() -> None:
    page = FOLDED.get_template("base")
    assert [node.name for node in page.nodelist if isinstance(node, BlockNode)] == ["title", "content"]
