"""The one style that differs between offices."""

from django.http import HttpRequest, HttpResponse
from django.utils.http import quote_etag
from django.views.decorators.http import condition, require_safe

from opscom.lib.office import office


@require_safe
@condition(etag_func=lambda request: quote_etag(office().accent_colour))
def accent(request: HttpRequest) -> HttpResponse:
    """The office's accent colour as a style sheet; its address carries the colour, so browsers may keep it."""
    css = f":root {{ --office-accent: {office().accent_colour}; }}\n"
    return HttpResponse(css, content_type="text/css", headers={"Cache-Control": "public, max-age=86400"})
