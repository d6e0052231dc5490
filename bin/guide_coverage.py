#!/usr/bin/env python3
"""Which journey walks which fact of the user guide: bin/guide_coverage.py writes docs/guide-coverage.md from the
`guide` marks of the browser tests; with --check it only says whether that file is up to date (exit code 1 if not)."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IDS = ROOT / "docs" / "guide-ids.txt"
PAGE = ROOT / "docs" / "guide-coverage.md"
JOURNEYS = ROOT / "tests" / "journeys"


class UnknownIdError(Exception):
    """A test names a fact that the guide does not state."""


def main(arguments: list[str]) -> int:
    text = coverage_page(read_ids(IDS), walked_facts(JOURNEYS.glob("test_*.py")))
    if arguments == ["--check"]:
        if PAGE.exists() and PAGE.read_text() == text:
            return 0
        print(f"{PAGE.relative_to(ROOT)} is out of date. Run: bin/guide_coverage.py", file=sys.stderr)
        return 1
    PAGE.write_text(text)
    return 0


def read_ids(path: Path) -> list[str]:
    """The guide's ids in its own order."""
    return path.read_text().split()


def walked_facts(files: Iterable[Path]) -> dict[str, list[str]]:
    """The journeys of each id, as file::test."""
    walked: dict[str, list[str]] = defaultdict(list)
    for file in sorted(files):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for fact in _marks(node):
                    walked[fact].append(f"{file.name}::{node.name}")
    return walked


def _marks(test: ast.FunctionDef) -> Iterator[str]:
    for decorator in test.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.guide":
            yield from (ast.literal_eval(argument) for argument in decorator.args)


def coverage_page(ids: list[str], walked: Mapping[str, list[str]]) -> str:
    """The page; UnknownIdError where a test names what the guide does not have."""
    if unknown := sorted(set(walked) - set(ids)):
        raise UnknownIdError(f"the guide has no {', '.join(unknown)}: {[walked[fact] for fact in unknown]}")
    missing = [fact for fact in ids if fact not in walked]
    rows = [f"| {fact} | {', '.join(f'`{test}`' for test in walked[fact])} |" for fact in ids if fact in walked]
    return "\n".join(
        [
            "# What of the user guide is walked in a browser",
            "",
            "Written by `bin/guide_coverage.py` from the `guide` marks in `tests/journeys`; do not edit by hand.",
            "",
            f"{len(rows)} of {len(ids)} facts are walked.",
            "",
            "| fact | journeys |",
            "|---|---|",
            *rows,
            "",
            f"Not walked yet: {', '.join(missing) or 'none'}.",
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
