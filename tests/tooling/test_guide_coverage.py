"""The page that says which fact of the user guide is walked in a browser."""

import subprocess
import sys
from pathlib import Path

import guide_coverage
import pytest
from marks import marked_tests

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "bin" / "guide_coverage.py"
JOURNEY = """
import pytest

@pytest.mark.card_providers("stripe", "sandbox")
@pytest.mark.guide("PAY-2", "GST-1")
@pytest.mark.parametrize("kind", ["phone"])
def test_paying(kind): ...

@pytest.mark.card_providers("moneris")
@pytest.mark.guide("PAY-2")
def test_paying_again(): ...

@pytest.mark.guide("PAY-4")
def test_promising(): ...

def test_unmarked(): ...
"""


def test_guide_coverage_page_is_up_to_date() -> None:
    answer = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_guide_coverage_reads_marks_from_the_code(tmp_path: Path) -> None:
    (tmp_path / "test_pay.py").write_text(JOURNEY)
    walked, over = (
        marked_tests(tmp_path.glob("test_*.py"), mark, below=tmp_path) for mark in ("guide", "card_providers")
    )
    assert walked == {
        "PAY-2": ["test_pay.py::test_paying", "test_pay.py::test_paying_again"],
        "GST-1": ["test_pay.py::test_paying"],
        "PAY-4": ["test_pay.py::test_promising"],
    }
    page = guide_coverage.coverage_page(["GST-1", "PAY-2", "PAY-4", "PAY-10"], walked, over)
    assert "3 of 4 facts are walked." in page
    assert "| GST-1 | `test_pay.py::test_paying` | sandbox, stripe |" in page
    assert "| PAY-2 | `test_pay.py::test_paying`, `test_pay.py::test_paying_again` | moneris, sandbox, stripe |" in page
    assert "| PAY-4 | `test_pay.py::test_promising` | stripe |" in page
    assert "Not walked yet: PAY-10.\n" in page


def test_guide_coverage_refuses_an_id_that_the_guide_does_not_have() -> None:
    with pytest.raises(guide_coverage.UnknownIdError, match="PAY-99"):
        guide_coverage.coverage_page(["PAY-1"], {"PAY-99": ["test_pay.py::test_paying"]}, {})


def test_guide_coverage_check_fails_on_an_old_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "docs" / "guide-coverage.md"
    page.parent.mkdir()
    page.write_text("old")
    monkeypatch.setattr(guide_coverage, "PAGE", page)
    assert guide_coverage.main(["--check"]) == 1
    assert capsys.readouterr().err == "docs/guide-coverage.md is out of date. Run: bin/guide_coverage.py\n"
    assert guide_coverage.main([]) == 0
    assert guide_coverage.main(["--check"]) == 0
