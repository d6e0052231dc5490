"""Form bodies and query strings with bracket keys: ``line_items[0][price_data][currency]=cad``."""

import re
from typing import TypeAlias
from urllib.parse import parse_qsl

from .errors import ApiError

Raw: TypeAlias = "str | dict[str, Raw]"
Tree: TypeAlias = dict[str, Raw]

KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
PART = re.compile(r"\[([^\[\]]*)\]")
MAX_FIELDS = 5000


def decode_form(text: str) -> Tree:
    """Nested tree of strings. Lists stay dicts with the keys "0", "1"…: only the schema knows which they are."""
    tree: Tree = {}
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, strict_parsing=bool(text), errors="strict", max_num_fields=MAX_FIELDS
        )
    except (ValueError, UnicodeDecodeError) as error:
        raise ApiError(f"Invalid form body: {error}") from error
    for key, value in pairs:
        match = KEY.fullmatch(key)
        if match is None:
            raise ApiError(f"Invalid parameter name: {key}", param=key)
        _insert(tree, [match.group(1), *PART.findall(match.group(2))], value, key)
    return tree


def _insert(tree: Tree, path: list[str], value: str, key: str) -> None:
    node = tree
    for part in path[:-1]:
        if part == "":
            raise ApiError(f"Invalid parameter name: {key} (only the last bracket may be empty)", param=key)
        child = node.setdefault(part, {})
        if isinstance(child, str):
            raise ApiError(f"Invalid hash: {key} is given both as a value and as a hash", param=key)
        node = child
    last = path[-1] or str(len(node))
    if last in node:
        raise ApiError(f"Parameter given twice: {key}", param=key)
    node[last] = value
