"""What a page says, to those who look at it."""

from bs4 import BeautifulSoup, Tag
from django.http import HttpResponseBase


def soup(response: HttpResponseBase) -> BeautifulSoup:
    """The page taken apart."""
    return BeautifulSoup(response.content, "html.parser")  # type: ignore[attr-defined]


def callouts(response: HttpResponseBase) -> list[str]:
    """Every message and warning on the page."""
    return [" ".join(tag.get_text().split()) for tag in soup(response).select(".callout")]


def field(response: HttpResponseBase, name: str) -> Tag:
    """The first form control of that name."""
    found = soup(response).select_one(f"[name={name}]")
    assert isinstance(found, Tag)
    return found
