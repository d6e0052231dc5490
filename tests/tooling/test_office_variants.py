"""docs/office-variants.md says of each rule of the survey where it is set, and names only keys that a set-up file has."""

import csv
import re
from pathlib import Path

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


def test_every_key_is_one_of_a_set_up_file() -> None:
    known = {key for section in SECTIONS for key in keys_of(section)}
    named = set(re.findall(r"`([a-z_]+(?:\.[a-z_]+)*)(?: = [^`]*)?`", DOCUMENT.read_text(encoding="utf-8")))
    rows = {"after_days", "act", "amount", "prices", "rule"}  # of the key that is named before
    assert named - known - rows == set()


def keys_of(section: Section, parent: Section | None = None, above: str = "") -> set[str]:
    here = f"{above}{section.name}"
    below = {key for child in section.children for key in keys_of(child, section, f"{here}.")}
    return {here, *(f"{here}.{name}" for name in columns_of(section, parent)), *below}
