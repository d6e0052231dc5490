"""The check of the translations: it passes what is whole, and names each thing that is broken."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parents[2]
CHECK = ROOT / "bin" / "check_translations.py"
PLURALS = {"fr": "nplurals=2; plural=(n > 1);", "es": "nplurals=2; plural=(n != 1);"}
Texts = dict[str, str | tuple[str, ...]]

SOURCE = """
from django.utils.translation import gettext as _, ngettext

_("Save")
_(" to pay")
_("Ticket <b>%(number)s</b>")
ngettext("%(n)s vehicle", "%(n)s vehicles", 2)
ngettext("1 field", "%(n)s fields", 2)
"""
WHOLE: Texts = {
    "Save": "Enregistrer",
    " to pay": " à payer",
    "Ticket <b>%(number)s</b>": "<b>%(number)s</b>, contravention",
    "%(n)s vehicle": ("%(n)s véhicule", "%(n)s véhicules"),
    "1 field": ("%(n)s champ", "%(n)s champs"),
}
PLURAL_OF = {"%(n)s vehicle": "%(n)s vehicles", "1 field": "%(n)s fields"}


def check(root: Path) -> tuple[int, list[str]]:
    """Exit code and lines of the check, without the numbers of lines."""
    result = subprocess.run([sys.executable, CHECK, root], capture_output=True, text=True, check=False)
    assert result.stderr == ""
    return result.returncode, result.stdout.splitlines()


def catalogue(root: Path, language: str) -> Path:
    return root / "opscom" / "locale" / language / "LC_MESSAGES" / "django.po"


def write_catalogue(root: Path, language: str, texts: Mapping[str, str | Sequence[str]], *, plurals: str = "") -> None:
    """A catalogue with these translations."""
    po = polib.POFile()
    po.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Plural-Forms": plurals or PLURALS[language],
    }
    for msgid, text in texts.items():
        if isinstance(text, str):
            po.append(polib.POEntry(msgid=msgid, msgstr=text))
        else:
            forms = dict(enumerate(text))
            po.append(polib.POEntry(msgid=msgid, msgid_plural=PLURAL_OF[msgid], msgstr_plural=forms))
    path = catalogue(root, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    po.save(str(path))


@pytest.fixture
def portal(tmp_path: Path) -> Path:
    """A tiny portal whose two catalogues are whole."""
    (tmp_path / "views.py").write_text(SOURCE)
    for language in PLURALS:
        write_catalogue(tmp_path, language, WHOLE)
    return tmp_path


def test_the_portal_is_translated() -> None:
    assert check(ROOT) == (0, ["The translations are complete."])


def test_whole_catalogues_pass(portal: Path) -> None:
    assert check(portal) == (0, ["The translations are complete."])


@pytest.mark.parametrize(
    ("msgid", "text", "defects"),
    [
        ("Save", "", ["not translated"]),
        ("Save", "  ", ["not translated"]),
        (" to pay", "à payer", ["other white space at an end"]),
        ("Ticket <b>%(number)s</b>", "Contravention <b>%(nombre)s</b>", ["other placeholders"]),
        ("Ticket <b>%(number)s</b>", "Contravention <b>%(number)d</b>", ["other placeholders"]),
        ("Ticket <b>%(number)s</b>", "Contravention %(number)s", ["other tags"]),
        ("%(n)s vehicle", ("%(n)s véhicule", ""), ["not translated"]),
        ("%(n)s vehicle", ("%(n)s véhicule",), ["needs 2 plural forms"]),
        ("%(n)s vehicle", ("%(n)s véhicule", "véhicules"), ["other placeholders"]),
        ("%(n)s vehicle", ("véhicule", "%(n)s véhicules"), ["other placeholders"]),
        ("Save", "<i>Enregistrer</i> ", ["other tags", "other white space at an end"]),
    ],
)
def test_a_broken_translation_is_named(
    portal: Path, msgid: str, text: str | tuple[str, ...], defects: list[str]
) -> None:
    write_catalogue(portal, "fr", WHOLE | {msgid: text})
    name = catalogue(portal, "fr").relative_to(portal)
    line = next(entry.linenum for entry in polib.pofile(str(catalogue(portal, "fr"))) if entry.msgid == msgid)
    assert check(portal) == (1, [f"{name}:{line}: {defect}: {msgid!r}" for defect in defects])


def test_a_fuzzy_translation_is_named(portal: Path) -> None:
    po = polib.pofile(str(catalogue(portal, "es")))
    entry = po.find("Save")
    assert entry is not None
    entry.flags.append("fuzzy")
    po.save()
    line = polib.pofile(po.fpath)[0].linenum
    assert check(portal) == (1, [f"opscom/locale/es/LC_MESSAGES/django.po:{line}: fuzzy: 'Save'"])


def test_a_text_without_an_entry_is_named_for_each_language(portal: Path) -> None:
    (portal / "page.html").write_text("{% load i18n %}<h1>{% translate 'Find a permit' %}</h1>")
    what = "not in the catalogue, run make messages: 'Find a permit'"
    assert check(portal) == (1, [f"opscom/locale/{language}/LC_MESSAGES/django.po: {what}" for language in PLURALS])


def test_a_text_within_an_f_string_is_named(portal: Path) -> None:
    (portal / "report.py").write_text("from django.utils.translation import gettext as _\n\nprint(f\"{_('Save')}:\")\n")
    assert check(portal) == (1, ["report.py:3: a text within an f-string is not collected"])


def test_a_missing_catalogue_and_other_plural_forms_are_named(portal: Path) -> None:
    catalogue(portal, "fr").unlink()
    write_catalogue(portal, "es", WHOLE, plurals="nplurals=2; plural=(n > 1);")
    assert check(portal) == (
        1,
        [
            "opscom/locale/fr/LC_MESSAGES/django.po: no catalogue",
            f"opscom/locale/es/LC_MESSAGES/django.po: Plural-Forms must be {PLURALS['es']}",
        ],
    )


def test_texts_of_tests_and_of_other_folders_are_not_collected(portal: Path) -> None:
    for folder in ("tests", "var", ".venv", "staticfiles"):
        (portal / folder).mkdir()
        (portal / folder / "texts.py").write_text('_ = print\n_("Nobody reads this")\n')
    assert check(portal) == (0, ["The translations are complete."])
