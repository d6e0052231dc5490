"""Say what is wrong with the translations, one line a defect; exit code 1 where there is one. bin/lint calls it.

    python bin/check_translations.py [FOLDER]      FOLDER holds the sources and opscom/locale (default: this checkout)

A catalogue must hold every text that `make messages` collects, each of them translated, not fuzzy, with the
placeholders, tags, outer white space and plural forms of the original.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
PLURALS = {"fr": "nplurals=2; plural=(n > 1);", "es": "nplurals=2; plural=(n != 1);"}
ELSEWHERE = {"var", "tests", "staticfiles"}  # folders of the checkout with texts that nobody is shown
SUFFIXES = {".py", ".html", ".txt"}
PLACEHOLDER = re.compile(r"%\(\w+\)[#0\- +]*\d*(?:\.\d+)?[a-zA-Z]|%[sdr]|\{\{.*?\}\}")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
GETTEXT = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}

Key = tuple[str, str, str]


def main(root: Path) -> int:
    defects = list(find_defects(root))
    print("\n".join(defects) if defects else "The translations are complete.")
    return 1 if defects else 0


def find_defects(root: Path) -> Iterator[str]:
    """Everything that is wrong, as lines to print."""
    yield from unreachable_texts(root)
    collected = collect_texts(root)
    for language, plural_forms in PLURALS.items():
        path = root / "opscom" / "locale" / language / "LC_MESSAGES" / "django.po"
        name = path.relative_to(root)
        if not path.exists():
            yield f"{name}: no catalogue"
            continue
        catalogue = polib.pofile(str(path))
        if catalogue.metadata.get("Plural-Forms") != plural_forms:
            yield f"{name}: Plural-Forms must be {plural_forms}"
        entries = [entry for entry in catalogue if not entry.obsolete]
        for entry in entries:
            yield from (f"{name}:{entry.linenum}: {defect}: {entry.msgid!r}" for defect in entry_defects(entry))
        there = {entry_key(entry) for entry in entries}
        yield from (
            f"{name}: not in the catalogue, run make messages: {key[1]!r}" for key in collected if key not in there
        )


def entry_defects(entry: polib.POEntry) -> Iterator[str]:
    """What is wrong with one text."""
    if entry.fuzzy:
        yield "fuzzy"
    if not entry.msgid_plural:
        yield from text_defects(entry.msgid, entry.msgstr)
        return
    if sorted(entry.msgstr_plural) != [0, 1]:
        yield "needs 2 plural forms"
        return
    # Of the singular's original a language may use the plural's placeholders: French counts 0 among the singular.
    singular, plural = entry.msgstr_plural[0], entry.msgstr_plural[1]
    borrows = placeholders(singular) == placeholders(entry.msgid_plural)
    yield from text_defects(entry.msgid_plural if borrows else entry.msgid, singular)
    yield from text_defects(entry.msgid_plural, plural)


def text_defects(original: str, translation: str) -> Iterator[str]:
    """What is wrong with one translation of one original."""
    if not translation.strip():
        yield "not translated"
        return
    if placeholders(original) != placeholders(translation):
        yield "other placeholders"
    if sorted(TAG.findall(original)) != sorted(TAG.findall(translation)):
        yield "other tags"
    if outer_space(original) != outer_space(translation):
        yield "other white space at an end"


def placeholders(text: str) -> set[str]:
    """The names that are filled in; how often a language needs one is its own affair."""
    return set(PLACEHOLDER.findall(text.replace("%%", "")))


def outer_space(text: str) -> tuple[str, str]:
    """White space before and after the text."""
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def entry_key(entry: polib.POEntry) -> Key:
    """By what gettext tells texts apart, with the plural, whose change asks for a new translation too."""
    return entry.msgctxt or "", entry.msgid, entry.msgid_plural


def collect_texts(root: Path) -> list[Key]:
    """What makemessages collects, found in a copy, so that nothing here is touched."""
    with tempfile.TemporaryDirectory(prefix="opscom-texts-") as folder:
        for source in source_files(root):
            target = Path(folder) / source.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        (Path(folder) / "locale").mkdir()
        command = [sys.executable, "-m", "django", "makemessages", "--locale", "fr", "--keep-pot", "--verbosity", "0"]
        environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        subprocess.run(command, cwd=folder, env=environment, check=True)
        template = Path(folder) / "locale" / "django.pot"
        return [entry_key(entry) for entry in polib.pofile(str(template))] if template.exists() else []


def source_files(root: Path) -> Iterator[Path]:
    """Every file that may hold a text."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name[0] != "." and name not in ELSEWHERE)
        yield from (Path(folder, name) for name in sorted(files) if Path(name).suffix in SUFFIXES)


def unreachable_texts(root: Path) -> Iterator[str]:
    """Texts within f-strings, which xgettext does not see."""
    for path in source_files(root):
        if path.suffix != ".py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr) and any(is_gettext(part) for part in ast.walk(node)):
                yield f"{path.relative_to(root)}:{node.lineno}: a text within an f-string is not collected"


def is_gettext(node: ast.AST) -> bool:
    """Whether that is a call of gettext by one of its names."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in GETTEXT


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT))
