"""Paper: HTML drawn as a tagged PDF (PDF/UA), with a code that leads to a page of the portal."""

import hashlib
from functools import cache as remember
from functools import lru_cache
from typing import TYPE_CHECKING

import segno
from django.conf import settings
from django.core.cache import cache
from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from weasyprint import CSS
    from weasyprint.urls import URLFetcher

KEEP_SECONDS = 7 * 24 * 3600


def draw(html: str, style: str) -> bytes:
    """HTML with that style as a PDF/UA document. Whatever address the text holds, nothing is fetched; pictures are in the HTML itself."""
    from weasyprint import HTML  # takes half a second, which no web process pays at its start

    page = HTML(string=html, url_fetcher=_nowhere())
    return bytes(page.write_pdf(stylesheets=[_parsed(style)], pdf_variant="pdf/ua-1"))


@remember
def _nowhere() -> "URLFetcher":
    from weasyprint.urls import URLFetcher

    return URLFetcher(allowed_protocols=("data",))


@lru_cache(maxsize=16)
def _parsed(style: str) -> "CSS":
    """Parsing a style takes an eighth of drawing a page, so each is parsed once a process."""
    from weasyprint import CSS

    return CSS(string=style, url_fetcher=_nowhere())


def draw_once(name: str, html: str, style: str) -> bytes:
    """The same, kept in the cache under a digest of all that it shows, so that whatever changes makes a new one."""
    key = f"pdf:{name}:{hashlib.sha256(f'{style}{html}'.encode()).hexdigest()}"
    pdf: bytes | None = cache.get(key)
    if pdf is None:
        pdf = draw(html, style)
        cache.set(key, pdf, KEEP_SECONDS)
    return pdf


def qr_code(address: str, name: str) -> SafeString:
    """The address as an SVG image with a name for those who hear the page."""
    code = segno.make(address, error="m", micro=False)
    return mark_safe(code.svg_inline(border=2, omitsize=True, svgclass="qr", lineclass=None, title=name))  # noqa: S308 (segno escapes the name)


@remember
def style_sheet(name: str) -> str:
    """A style sheet of static/css."""
    return (settings.BASE_DIR / "static" / "css" / name).read_text()
