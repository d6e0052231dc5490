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
USUAL = "stripe"


class UnknownIdError(Exception):
    """A test names a fact that the guide does not state."""


def main(arguments: list[str]) -> int:
    walked, over = (
        marked_tests(JOURNEYS.glob("test_*.py"), mark, below=JOURNEYS) for mark in ("guide", "card_providers")
    )
    return publish(PAGE, coverage_page(read_ids(IDS), walked, over), "guide_coverage.py", arguments)


def read_ids(path: Path) -> list[str]:
    """The guide's ids in its own order."""
    return path.read_text().split()


def coverage_page(ids: list[str], walked: Mapping[str, list[str]], over: Mapping[str, list[str]]) -> str:
    """The page; UnknownIdError where a test names what the guide does not have. `over` is the tests of each card provider; one
    that names none is walked over Stripe's peer."""
    if unknown := sorted(set(walked) - set(ids)):
        raise UnknownIdError(f"the guide has no {', '.join(unknown)}: {[walked[fact] for fact in unknown]}")
    missing = [fact for fact in ids if fact not in walked]
    rows = [
        f"| {fact} | {', '.join(f'`{test}`' for test in walked[fact])} | {', '.join(_providers(walked[fact], over))} |"
        for fact in ids
        if fact in walked
    ]
    return "\n".join(
        [
            "# What of the user guide is walked in a browser",
            "",
            "Written by `bin/guide_coverage.py` from the `guide` marks in `tests/journeys`; do not edit by hand.",
            "",
            f"{len(rows)} of {len(ids)} facts are walked.",
            "",
            "The last column says with which card providers the portal is set up while a fact is walked: `make journeys` takes",
            "them all, `make test` draws one of a journey's.",
            "",
            "| fact | journeys | card providers |",
            "|---|---|---|",
            *rows,
            "",
            f"Not walked yet: {', '.join(missing) or 'none'}.",
            "",
        ]
    )


def _providers(tests: list[str], over: Mapping[str, list[str]]) -> list[str]:
    """The card providers over which one of these journeys is walked."""
    named = {test for those in over.values() for test in those}
    found = {provider for provider, those in over.items() if set(those) & set(tests)}
    return sorted(found | ({USUAL} if set(tests) - named else set()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
