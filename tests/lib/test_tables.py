"""Tables of any spreadsheet: what parts the cells, what the columns are called, and what is no table."""

import pytest

from opscom.lib.spreadsheets import harmless, without_guard
from opscom.lib.tables import TableRefused, table_lines


def lines(text: str, **rules: object) -> list[tuple[int, dict[str, str]]]:
    return list(table_lines(text, ("name", "note"), **rules))  # type: ignore[arg-type]


def refusal(text: str, **rules: object) -> TableRefused:
    with pytest.raises(TableRefused) as refused:
        lines(text, **rules)
    return refused.value


@pytest.mark.parametrize(
    "text",
    [
        "name,note\nAda,first  aid\n",
        "\ufeffName ; NOTE\r\n Ada;first aid\r\n",
        'other,note,name\nx,"first aid",Ada,too,many\n',
        "name,note\nA\0da,first aid",
    ],
)
def test_every_spreadsheet_says_the_same(text: str) -> None:
    assert lines(text) == [(2, {"name": "Ada", "note": "first aid"})]


def test_lines_are_counted_as_the_file_has_them() -> None:
    found = lines('name,note\n\nAda,"first\naid"\nBob,\n')
    assert found == [(4, {"name": "Ada", "note": "first aid"}), (5, {"name": "Bob", "note": ""})]


def test_column_that_is_not_there_says_nothing_and_a_short_line_is_empty() -> None:
    assert lines("name\nAda\n") == [(2, {"name": "Ada"})]
    assert lines("name,note\nAda\n") == [(2, {"name": "Ada", "note": ""})]
    assert lines("") == []


@pytest.mark.parametrize("cell", ["=1+1", "+15195550142", "-5", "@here", "'t Hooft", "'", "plain"])
def test_what_was_guarded_from_a_spreadsheet_is_read_as_it_was(cell: str) -> None:
    assert without_guard(harmless(cell)) == cell
    assert lines(f"name\n{harmless(cell)}\n") == [(2, {"name": cell})]


def test_what_is_no_such_table_says_why() -> None:
    missing = refusal("name\nAda\n", required=["name", "note"])
    assert (missing.code, "missing: note" in missing.message) == ("columns", True)
    assert refusal("", required=["name"]).code == "columns"
    for broken in ('a\n"b\nc\n', '"a"b\n', f'"{"x" * 140_000}'):
        assert refusal(f"name\n{broken}").code == "unreadable"
    assert lines("name\na\nb\n", most=2)
    assert refusal("name\na\nb\nc\n", most=2).code == "long"
