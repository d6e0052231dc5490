"""What tests say of themselves by their marks, and the page of docs that lists it."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def marked_tests(files: Iterable[Path], mark: str, *, below: Path) -> dict[Any, list[str]]:
    """The tests of each argument of that mark, as file::test, the file as it lies below that folder."""
    found: dict[Any, list[str]] = defaultdict(list)
    for file in sorted(files):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for argument in _arguments(node, f"pytest.mark.{mark}"):
                    found[argument].append(f"{file.relative_to(below).as_posix()}::{node.name}")
    return found


def publish(page: Path, text: str, script: str, arguments: list[str]) -> int:
    """Write the page, or with --check only say whether it is up to date. Answers the exit code."""
    if arguments == ["--check"]:
        if page.exists() and page.read_text() == text:
            return 0
        print(f"docs/{page.name} is out of date. Run: bin/{script}", file=sys.stderr)
        return 1
    page.write_text(text)
    return 0


def _arguments(test: ast.FunctionDef, mark: str) -> Iterator[Any]:
    for decorator in test.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == mark:
            yield from (ast.literal_eval(argument) for argument in decorator.args)
