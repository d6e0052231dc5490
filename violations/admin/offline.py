"""The entry page without a line: a copy that names nobody, kept on the officer's phone by a service worker."""

import hashlib
import json
import re
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from violations.admin.writing import TITLE
from violations.forms.quick import QuickTicketForm

SHELL = "admin:violations_violation_shell"
ASSET = re.compile(r'(?:href|src)="(/(?:static/|accent)[^"]+)"')
SCRIPT = settings.BASE_DIR / "static" / "js" / "tickets_worker.js"


@permission_required("violations.add_violation", raise_exception=True)
@require_safe
def shell_page(request: HttpRequest) -> HttpResponse:
    """The form with the office's lots and offences: no name, no ticket, no token of a session."""
    return HttpResponse(_shell(request))


@permission_required("violations.add_violation", raise_exception=True)
@require_safe
def worker_script(request: HttpRequest) -> HttpResponse:
    """The service worker of the entry page, below its address, so that it reaches no other. It changes with what the shell
    shows, which makes phones fetch the shell anew."""
    shell = _shell(request)
    kept = {
        "shell": reverse(SHELL),
        "assets": sorted({address.replace("&amp;", "&") for address in ASSET.findall(shell)}),
        "version": hashlib.sha256(shell.encode()).hexdigest()[:16],
    }
    text = f"const KEPT = {json.dumps(kept)};\n{SCRIPT.read_text()}"
    return HttpResponse(text, content_type="text/javascript; charset=utf-8")


def _shell(request: HttpRequest) -> str:
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "has_permission": False,  # who is signed in stays out of it
        "messages": (),
        "title": TITLE,
        "form": QuickTicketForm(),
        "shell": True,
    }
    return render_to_string("violations/office/write.html", context, request)
