"""The history of any row of the office, in place of the admin's own."""

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from opscom.office.trail.reading import MOST, trail_of


@require_safe
def show_trail(request: HttpRequest, app: str, model: str, key: str) -> HttpResponse:
    """For whoever may see the row."""
    try:
        model_admin = admin.site._registry[apps.get_model(app, model)]
    except LookupError as error:
        raise Http404 from error
    row = model_admin.get_object(request, unquote(key))
    if row is None and model_admin.has_view_or_change_permission(request):
        return model_admin._get_obj_does_not_exist_redirect(request, model_admin.opts, key)  # type: ignore[attr-defined]
    if row is None or not model_admin.has_view_or_change_permission(request, row):
        raise PermissionDenied
    context = {
        **admin.site.each_context(request),
        "opts": model_admin.opts,
        "original": row,
        "title": _("History of %(name)s") % {"name": row},
        "traces": trail_of(row),
        "most": MOST,
    }
    return render(request, "admin/trail/history.html", context)
