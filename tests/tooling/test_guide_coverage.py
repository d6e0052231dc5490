"""The page that says which fact of the user guide is walked in a browser."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

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


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("guide_coverage", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_guide_coverage_page_is_up_to_date() -> None:
    answer = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_guide_coverage_reads_marks_from_the_code(script: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "test_pay.py").write_text(JOURNEY)
    walked = script.walked_facts(tmp_path.glob("test_*.py"))
    assert walked == {
        "PAY-2": ["test_pay.py::test_paying", "test_pay.py::test_paying_again"],
        "GST-1": ["test_pay.py::test_paying"],
    }
    page = script.coverage_page(["GST-1", "PAY-2", "PAY-10"], walked)
    assert "2 of 3 facts are walked." in page
    assert "| PAY-2 | `test_pay.py::test_paying`, `test_pay.py::test_paying_again` |" in page
    assert "Not walked yet: PAY-10.\n" in page


def test_guide_coverage_refuses_an_id_that_the_guide_does_not_have(script: ModuleType) -> None:
    with pytest.raises(script.UnknownIdError, match="PAY-99"):
        script.coverage_page(["PAY-1"], {"PAY-99": ["test_pay.py::test_paying"]})


def test_guide_coverage_check_fails_on_an_old_page(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "docs" / "guide-coverage.md"
    page.parent.mkdir()
    page.write_text("old")
    monkeypatch.setattr(script, "ROOT", tmp_path)
    monkeypatch.setattr(script, "PAGE", page)
    assert script.main(["--check"]) == 1
    assert capsys.readouterr().err == "docs/guide-coverage.md is out of date. Run: bin/guide_coverage.py\n"
    assert script.main([]) == 0
    assert script.main(["--check"]) == 0
