#!/usr/bin/env python3
"""Which test fails when a rule of money is broken: bin/rule_coverage.py writes docs/rules.md from docs/rules.txt and the
`rule` marks of the tests; with --check it only says whether that file is up to date (exit code 1 if not)."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from marks import ROOT, marked_tests, publish

RULES = ROOT / "docs" / "rules.txt"
PAGE = ROOT / "docs" / "rules.md"
TESTS = ROOT / "tests"


class UnknownRuleError(Exception):
    """A test names a rule that there is not."""


def main(arguments: list[str]) -> int:
    tests = marked_tests(TESTS.rglob("test_*.py"), "rule", below=TESTS)
    return publish(PAGE, rules_page(read_rules(RULES.read_text()), tests), "rule_coverage.py", arguments)


def read_rules(text: str) -> dict[int, str]:
    """Number and sentence of each line."""
    lines = (line.partition(" ") for line in text.splitlines())
    return {int(number): sentence for number, _blank, sentence in lines}


def rules_page(rules: Mapping[int, str], tests: Mapping[int, list[str]]) -> str:
    """The page; UnknownRuleError where a test names a rule that there is not."""
    if unknown := sorted(set(tests) - set(rules)):
        raise UnknownRuleError(f"there is no rule {unknown}: {[tests[number] for number in unknown]}")
    gaps = [str(number) for number in rules if number not in tests]
    rows = [
        f"| {number} | {sentence} | {'<br>'.join(f'`{test}`' for test in tests.get(number, [])) or '**none yet**'} |"
        for number, sentence in rules.items()
    ]
    return "\n".join(
        [
            "# Rules of money, and the tests that fail when one is broken",
            "",
            "Written by `bin/rule_coverage.py` from `docs/rules.txt` and the `rule` marks in `tests`; do not edit by hand.",
            "",
            "| rule | what must hold | tests |",
            "|---|---|---|",
            *rows,
            "",
            f"No test carries the mark of: {', '.join(gaps) or 'none'}.",
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
