"""The guides of docs/guide as pages: Markdown drawn once a process, each heading an address that pages lead to."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from django.conf import settings
from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.token import Token
from PIL import Image

FOLDER = Path(settings.BASE_DIR) / "docs" / "guide"
PICTURES = "../../static/"  # as the guides name them, so that they show wherever the files are read


@dataclass(frozen=True)
class Heading:
    """One paragraph of a guide: `anchor` is its address within the page."""

    level: int
    anchor: str
    words: str


@dataclass(frozen=True)
class Guide:
    """A guide in one language; `language` is English where there is none in the reader's."""

    title: str
    language: str
    headings: tuple[Heading, ...]
    html: SafeString

    @property
    def anchors(self) -> set[str]:
        """Every address within the page."""
        return {heading.anchor for heading in self.headings}


@lru_cache
def read_guide(name: str, language: str) -> Guide:
    """The guide of that name (`user`, `office`) for a reader of that language. A translation has the English headings in
    the same order and their addresses, so that one table leads into each."""
    tokens, spoken = _parse(guide_path(name)), "en"
    anchors = [slugify(words) for _level, words in _headings(tokens)]
    if guide_path(name, language).exists():
        tokens, spoken = _parse(guide_path(name, language)), language
    headings = tuple(
        Heading(level, anchor, words)
        for (level, words), anchor in zip(_headings(tokens), anchors, strict=True)
        if level > 1
    )
    _prepare(tokens, anchors)
    title = next(words for level, words in _headings(tokens) if level == 1)
    body = tokens[3:]  # the title is the page's own heading
    return Guide(title, spoken, headings, mark_safe(_markdown().renderer.render(body, _markdown().options, {})))  # noqa: S308 (our own files, and HTML in them is not let through)


def guide_path(name: str, language: str = "en") -> Path:
    """Where that guide is written."""
    return FOLDER / (f"{name}.md" if language == "en" else f"{name}.{language}.md")


@lru_cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False})


def _parse(path: Path) -> list[Token]:
    return _markdown().parse(path.read_text())


def _headings(tokens: list[Token]) -> Iterator[tuple[int, str]]:
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            yield int(token.tag[1]), inline.content


def _prepare(tokens: list[Token], anchors: list[str]) -> None:
    """Give headings their addresses, and pictures the place and the size that a browser needs."""
    addresses = iter(anchors)
    for token in tokens:
        if token.type == "heading_open":
            token.attrSet("id", next(addresses))
        for child in token.children or []:
            if child.type == "image":
                _prepare_picture(child)


def _prepare_picture(token: Token) -> None:
    path = str(token.attrGet("src")).removeprefix(PICTURES)
    with Image.open(Path(settings.BASE_DIR) / "static" / path) as picture:
        width, height = picture.size
    token.attrs |= {"src": static(path), "width": width, "height": height, "loading": "lazy"}
