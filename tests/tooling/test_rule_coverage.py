"""The table of rules says what the tests say."""

import subprocess
import sys
from pathlib import Path

import pytest
import rule_coverage
from marks import marked_tests

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "bin" / "rule_coverage.py"
MARKED = """
import pytest

@pytest.mark.rule(1, 3)
@pytest.mark.django_db
def test_both(): ...

def test_neither(): ...
"""


def test_rule_page_is_up_to_date() -> None:
    answer = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_marks_are_read_where_they_stand(tmp_path: Path) -> None:
    file = tmp_path / "payments" / "test_some.py"
    file.parent.mkdir()
    file.write_text(MARKED)
    both = ["payments/test_some.py::test_both"]
    assert marked_tests([file], "rule", below=tmp_path) == {1: both, 3: both}


def test_page_names_tests_and_gaps() -> None:
    page = rule_coverage.rules_page({1: "First.", 2: "Second."}, {1: ["a.py::test_b"]})
    assert "| 1 | First. | `a.py::test_b` |\n| 2 | Second. | **none yet** |\n" in page
    assert page.endswith("No test carries the mark of: 2.\n")


def test_mark_of_no_rule_is_refused() -> None:
    with pytest.raises(rule_coverage.UnknownRuleError):
        rule_coverage.rules_page({1: "First."}, {2: ["a.py::test_b"]})


def test_rules_1_to_48_are_listed() -> None:
    assert list(rule_coverage.read_rules(rule_coverage.RULES.read_text())) == list(range(1, 49))
