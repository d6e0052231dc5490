"""The guides as pages: what people do here, for everybody; what the office does, for staff."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from opscom.lib.guides import read_guide


@require_safe
def show_user_guide(request: HttpRequest) -> HttpResponse:
    """How to do what can be done in the portal, by task."""
    return render(request, "help/user.html", {"guide": read_guide("user", get_language())})


@require_safe
def show_office_guide(request: HttpRequest) -> HttpResponse:
    """Each role's day."""
    context = {"guide": read_guide("office", get_language())}
    return render(request, "help/office.html", {**admin.site.each_context(request), **context})
