"""docs/office-variants.md says of each rule of the survey where it is set, and names only keys that a set-up file has."""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from opscom.office.setup.columns import columns_of
from opscom.office.setup.sections import SECTIONS, Section

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "office-variants.md"
VARIANTS = Path(settings.BASE_DIR).parent / "shared" / "data" / "offices" / "policy_variants.csv"


def rows_of(heading: str) -> list[list[str]]:
    part = DOCUMENT.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


@pytest.mark.skipif(not VARIANTS.is_file(), reason="shared data absent: no ../shared/data beside the checkout")
def test_every_rule_of_the_survey_has_its_row() -> None:
    with VARIANTS.open(encoding="utf-8", newline="") as file:
        surveyed = [(row["office"], row["topic"]) for row in csv.DictReader(file)]
    assert [(office, topic) for office, topic, *_rest in rows_of("Rules by office, from the survey")] == surveyed


FILES = {
    "Brock University ([brock.toml](offices/brock.toml))": "brock.json",
    "University of Guelph ([guelph.toml](offices/guelph.toml))": "guelph.json",
    "University of California, Santa Cruz ([ucsc.toml](offices/ucsc.toml))": "ucsc.json",
    "City of Toronto ([toronto.toml](offices/toronto.toml))": "city_residential.json",
    "San Francisco ([san-francisco.toml](offices/san-francisco.toml))": "city_residential.json",
}
ABOUT = re.compile(r"sources|(.*_)?src")  # where a fact is from
NAMED = ("note", "office")  # what the file is about


def facts_of(value: Any, path: str = "") -> Iterator[str]:
    """The keys of a file under which something is told: lots.overnight."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not ABOUT.fullmatch(key) and (path or key not in NAMED):
                yield from facts_of(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list) and any(isinstance(inner, dict | list) for inner in value):
        for inner in value:
            yield from facts_of(inner, path)
    else:
        yield path


@pytest.mark.skipif(not VARIANTS.is_file(), reason="shared data absent: no ../shared/data beside the checkout")
@pytest.mark.parametrize("heading", FILES)
def test_every_fact_of_an_office_has_its_row(heading: str) -> None:
    told = json.loads((VARIANTS.parent / FILES[heading]).read_text(encoding="utf-8"))
    if "schemes" in told:
        told = next(scheme for scheme in told["schemes"] if scheme["office"].startswith(heading.split(" ([")[0]))
    facts, mapped = set(facts_of(told)), {key for *_row, keys in rows_of(heading) for key in keys.split(", ")}
    assert {fact for fact in facts if not any(f"{fact}.".startswith(f"{key}.") for key in mapped)} == set()
    assert {key for key in mapped if not any(f"{fact}.".startswith(f"{key}.") for fact in facts)} == set()


def test_every_key_is_one_of_a_set_up_file() -> None:
    known = {key for section in SECTIONS for key in keys_of(section)}
    named = set(re.findall(r"`([a-z_]+(?:\.[a-z_]+)*)(?: = [^`]*)?`", DOCUMENT.read_text(encoding="utf-8")))
    rows = {"after_days", "act", "amount", "prices", "rule"}  # of the key that is named before
    assert named - known - rows == set()


def keys_of(section: Section, parent: Section | None = None, above: str = "") -> set[str]:
    here = f"{above}{section.name}"
    below = {key for child in section.children for key in keys_of(child, section, f"{here}.")}
    return {here, *(f"{here}.{name}" for name in columns_of(section, parent)), *below}
