"""Text messages as texts that an office can change: the sentence of the portal, its names as placeholders."""

import re
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import override

from accounts.wordings.registry import Medium, Piece
from opscom.lib.wording import Blank

NAME = re.compile(r"%\((\w+)\)s")


def text_piece(
    key: str,
    title: str | Promise,
    source: Promise,
    samples: dict[str, tuple[str | Promise, Any]] | None = None,
    *,
    required: tuple[str, ...] = (),
    secret: bool = False,
) -> Piece:
    """One sentence that goes out as a text, with what each of its names means and an example."""
    blanks = tuple(Blank(name, *about) for name, about in (samples or {}).items())

    def built_in(language: str) -> tuple[str, str]:
        with override(language):
            return "", NAME.sub(r"{{ \1 }}", str(source)).replace("%%", "%")

    return Piece(
        key=key,
        medium=Medium.TEXT,
        title=title,
        blanks=lambda: blanks,
        built_in=built_in,
        required=required,
        secret=secret,
        source=source,
    )
