#!/usr/bin/env python3
"""Which journey walks which fact of the user guide: bin/guide_coverage.py writes docs/guide-coverage.md from the
`guide` marks of the browser tests; with --check it only says whether that file is up to date (exit code 1 if not)."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from marks import ROOT, marked_tests, publish

IDS = ROOT / "docs" / "guide-ids.txt"
PAGE = ROOT / "docs" / "guide-coverage.md"
JOURNEYS = ROOT / "tests" / "journeys"


class UnknownIdError(Exception):
    """A test names a fact that the guide does not state."""


def main(arguments: list[str]) -> int:
    walked = marked_tests(JOURNEYS.glob("test_*.py"), "guide", below=JOURNEYS)
    return publish(PAGE, coverage_page(read_ids(IDS), walked), "guide_coverage.py", arguments)


def read_ids(path: Path) -> list[str]:
    """The guide's ids in its own order."""
    return path.read_text().split()


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
