"""What the portal writes as a reason is shown in the reader's language."""

import ast
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import gettext, override

from opscom.lib.reasons import REASONS, said_reason
from opscom.lib.sentences import PATTERNS, SENTENCES, spell
from opscom.lib.states import change_state
from opscom.office.trail.reading import trail_of
from payments.models import ProviderEvent
from tests.factories import make_permit

APPS = ("accounts", "forms_module", "lockers", "opscom", "payments", "permits", "vehicles", "violations")
WRITERS = {"reason", "note"}


def written() -> Iterator[tuple[str, str]]:
    """(place, words) of each reason that the code itself spells out for a service."""
    for app in APPS:
        for path in sorted((Path(settings.BASE_DIR) / app).rglob("*.py")):
            if {"migrations", "management"} & set(path.parts):
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.keyword) and node.arg in WRITERS:
                    yield from ((f"{path.name}:{node.value.lineno}", words) for words in _spelt(node.value))


def _spelt(value: ast.expr) -> Iterator[str]:
    """Whole words, those of either branch, and what stands before the colon of words with something put in."""
    if isinstance(value, ast.IfExp):
        yield from (*_spelt(value.body), *_spelt(value.orelse))
    if isinstance(value, ast.Subscript):
        yield from _spelt(value.value)
    if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value[:1].isalpha():
        yield value.value
    if isinstance(value, ast.JoinedStr) and isinstance(value.values[0], ast.Constant):
        head, colon, _rest = str(value.values[0].value).partition(": ")
        if colon:
            yield head


@pytest.mark.once
def test_every_reason_that_the_code_spells_out_can_be_translated() -> None:
    found = list(written())
    assert [(place, words) for place, words in found if words not in REASONS] == []
    assert len(found) > 50


@pytest.mark.once
def test_every_sentence_that_the_code_spells_is_one_that_is_told() -> None:
    called = [
        str(node.args[0].value)
        for app in APPS
        for path in sorted((Path(settings.BASE_DIR) / app).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "spell"
        if isinstance(node.args[0], ast.Constant)
    ]
    assert {sentence for sentence in called if sentence not in PATTERNS} == set()
    assert len(called) > 7


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        (
            spell("kept until %(day)s: %(reason)s", day=date(2026, 12, 1), reason="Chèque"),
            "gardé jusqu’au 1 décembre 2026 : Chèque",
        ),
        (
            spell("reduced from %(owed)s to %(to)s: %(reason)s", owed=Decimal(75), to=Decimal("20.5"), reason="Âge"),
            "réduite de 75,00\xa0$ à 20,50\xa0$ : Âge",
        ),
        (spell("number %(number)s: %(condition)s", number="H-1", condition="lost"), "numéro H-1 : Perdue"),
        (spell("towing %(amount)s", amount=Decimal(40)), "remorquage 40,00\xa0$"),
    ],
)
def test_values_of_a_sentence_are_told_as_the_reader_writes_them(kept: str, told: str) -> None:
    with override("fr"):
        assert said_reason(kept) == told
    with override("en"):
        assert said_reason("moved to position 4: Asked: twice") == "moved to position 4: Asked: twice"


@pytest.mark.once
@pytest.mark.parametrize("language", ["fr", "es"])
def test_every_reason_and_sentence_has_words_of_its_own_in_each_language(language: str) -> None:
    with override(language):
        assert [words for words in (*SENTENCES, *REASONS) if gettext(words) == words] == []


@pytest.mark.once
def test_a_day_that_is_none_is_told_as_it_was_typed() -> None:
    assert said_reason("kept until 2026-02-30: Asked") == "kept until 2026-02-30: Asked"


@pytest.mark.once
def test_a_sentence_keeps_plain_english_whoever_causes_it_and_no_more_than_fits() -> None:
    with override("fr"):
        kept = spell("towing %(amount)s: %(reason)s", amount=Decimal(1250), reason="x" * 300)
    assert (kept[:18], len(kept)) == ("towing 1250.00: xx", 250)
    with pytest.raises(KeyError):
        spell("something else")


@pytest.mark.once
def test_words_of_people_and_codes_stay() -> None:
    assert [said_reason(words) for words in ("", "Moved away", "granted: for the fair", "Paid: twice")] == [
        "",
        "Moved away",
        "granted: for the fair",
        "Paid: twice",
    ]


@pytest.mark.django_db
def test_history_and_lists_of_the_office_show_them_translated(
    staff_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("opscom.lib.reasons.gettext", str.upper)
    permit = make_permit()
    change_state(permit, "release", reason="not paid in time")
    assert trail_of(permit)[0].reason == "NOT PAID IN TIME"
    event = {"provider": "sandbox", "event_id": "evt_1", "kind": "x", "body": "{}", "note": "names no payment of ours"}
    ProviderEvent.objects.create(**event, outcome="quarantined")
    listed = staff_client.get("/admin/payments/providerevent/").content.decode()
    shown = staff_client.get(f"/admin/permits/permit/{permit.pk}/change/?details=1").content.decode()
    assert ("NAMES NO PAYMENT OF OURS" in listed, "NOT PAID IN TIME" in shown) == (True, True)
