"""Paper: HTML drawn as a tagged PDF (PDF/UA), with a code that leads to a page of the portal."""

import hashlib
from functools import cache as remember

import segno
from django.conf import settings
from django.core.cache import cache
from django.utils.safestring import SafeString, mark_safe

KEEP_SECONDS = 7 * 24 * 3600


def draw(html: str, style: str) -> bytes:
    """HTML with that style as a PDF/UA document. Whatever address the text holds, nothing is fetched; pictures are in the HTML itself."""
    from weasyprint import CSS, HTML  # takes half a second, which no web process pays at its start
    from weasyprint.urls import URLFetcher

    nowhere = URLFetcher(allowed_protocols=("data",))
    sheet = CSS(string=style, url_fetcher=nowhere)
    return bytes(HTML(string=html, url_fetcher=nowhere).write_pdf(stylesheets=[sheet], pdf_variant="pdf/ua-1"))


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
