#!/usr/bin/env python3
"""Which test fails when a rule of money is broken: bin/rule_coverage.py writes docs/rules.md from docs/rules.txt and the
`rule` marks of the tests; with --check it only says whether that file is up to date (exit code 1 if not)."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RULES = ROOT / "docs" / "rules.txt"
PAGE = ROOT / "docs" / "rules.md"
TESTS = ROOT / "tests"


class UnknownRuleError(Exception):
    """A test names a rule that there is not."""


def main(arguments: list[str]) -> int:
    text = rules_page(read_rules(RULES.read_text()), marked_tests(TESTS.rglob("test_*.py"), TESTS))
    if arguments == ["--check"]:
        if PAGE.exists() and PAGE.read_text() == text:
            return 0
        print(f"{PAGE.relative_to(ROOT)} is out of date. Run: bin/rule_coverage.py", file=sys.stderr)
        return 1
    PAGE.write_text(text)
    return 0


def read_rules(text: str) -> dict[int, str]:
    """Number and sentence of each line."""
    lines = (line.partition(" ") for line in text.splitlines())
    return {int(number): sentence for number, _blank, sentence in lines}


def marked_tests(files: Iterable[Path], below: Path) -> dict[int, list[str]]:
    """The tests of each rule, as file::test."""
    found: dict[int, list[str]] = defaultdict(list)
    for file in sorted(files):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for rule in _marks(node):
                    found[rule].append(f"{file.relative_to(below).as_posix()}::{node.name}")
    return found


def _marks(test: ast.FunctionDef) -> Iterator[int]:
    for decorator in test.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.rule":
            yield from (ast.literal_eval(argument) for argument in decorator.args)


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
