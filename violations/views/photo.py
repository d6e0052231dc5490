"""Evidence photos."""

from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from opscom.lib.serving import show_picture
from violations.models import ViolationPhoto
from violations.views.access import find_visible


@require_safe
def show_photo(request: HttpRequest, number: str, code: str) -> FileResponse:
    """One photo, for those who may see its ticket; 404 for everybody else and for one whose file is gone."""
    violation = find_visible(request, number)
    if violation is None:
        raise Http404
    photo = get_object_or_404(ViolationPhoto, violation=violation, code=code)
    return show_picture(photo.image, seconds=3600)
