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

@pytest.mark.guide("PAY-2", "GST-1")
@pytest.mark.parametrize("kind", ["phone"])
def test_paying(kind): ...

@pytest.mark.guide("PAY-2")
def test_paying_again(): ...

def test_unmarked(): ...
"""


def test_guide_coverage_page_is_up_to_date() -> None:
    answer = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_guide_coverage_reads_marks_from_the_code(tmp_path: Path) -> None:
    (tmp_path / "test_pay.py").write_text(JOURNEY)
    walked = marked_tests(tmp_path.glob("test_*.py"), "guide", below=tmp_path)
    assert walked == {
        "PAY-2": ["test_pay.py::test_paying", "test_pay.py::test_paying_again"],
        "GST-1": ["test_pay.py::test_paying"],
    }
    page = guide_coverage.coverage_page(["GST-1", "PAY-2", "PAY-10"], walked)
    assert "2 of 3 facts are walked." in page
    assert "| PAY-2 | `test_pay.py::test_paying`, `test_pay.py::test_paying_again` |" in page
    assert "Not walked yet: PAY-10.\n" in page


def test_guide_coverage_refuses_an_id_that_the_guide_does_not_have() -> None:
    with pytest.raises(guide_coverage.UnknownIdError, match="PAY-99"):
        guide_coverage.coverage_page(["PAY-1"], {"PAY-99": ["test_pay.py::test_paying"]})


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
