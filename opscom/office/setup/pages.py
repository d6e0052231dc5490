"""The set-up file in the office: downloaded, compared on a page, and taken in after a look."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from opscom.lib.dates import today
from opscom.lib.forms import CsvForm
from opscom.office.setup.errors import SetupRefused
from opscom.office.setup.sections import SECTIONS, Section
from opscom.office.setup.taking import compare_office, set_up_office
from opscom.office.setup.writing import write_office


class SetupForm(CsvForm):
    """A set-up file, or the text of one that was looked at."""

    file = forms.FileField(label=_("Set-up file"), required=False)


def show_setup(request: HttpRequest, around: dict[str, Any]) -> HttpResponse:
    """First what the file would change, then the button."""
    _check(request)
    posted = request.method == "POST"
    form = SetupForm(request.POST if posted else None, request.FILES if posted else None)
    shown: dict[str, Any] = {}
    if posted and form.is_valid():
        text = form.cleaned_data["text"]
        try:
            if "confirm" in request.POST:
                messages.success(request, str(set_up_office(text)))
                return redirect("admin:opscom_setup")
            outcome = compare_office(text)
            shown = {"outcome": outcome, "groups": list(outcome.groups())}
            form = SetupForm(initial={"text": text})
        except SetupRefused as refusal:
            shown = {"problems": refusal.problems}
    return render(request, "admin/opscom/systemsettings/setup.html", around | shown | {"form": form})


def download_setup(request: HttpRequest) -> HttpResponse:
    """The running office as a file."""
    _check(request)
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    try:
        text = write_office()
    except SetupRefused as refusal:
        messages.error(request, refusal.message)
        return redirect("admin:opscom_setup")
    name = f"office-{today().isoformat()}.toml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="application/toml", headers=headers)


def _check(request: HttpRequest) -> None:
    """Whoever may add and change everything that is in a file, and nobody else."""
    if not request.user.has_perms(list(_rights(SECTIONS))):
        raise PermissionDenied


def _rights(sections: Iterable[Section]) -> Iterator[str]:
    for section in sections:
        meta = section.model._meta
        for verb in ("add", "change"):
            yield f"{meta.app_label}.{verb}_{meta.model_name}"
        yield from _rights(section.children)
