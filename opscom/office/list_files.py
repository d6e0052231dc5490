"""Any list of the office as a file: the rows that its filters leave, in its own columns and order. Who took which is written down."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from django.apps import apps
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field, lookup_field
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from opscom.lib.prepared_rows import PreparedRows
from opscom.lib.spreadsheets import Row, csv_answer, harmless, xlsx_answer
from opscom.lib.taken import EXPORT, called

FILES = {"csv": csv_answer, "xlsx": xlsx_answer}
AT_ONCE = 500


@require_safe
def list_file(request: HttpRequest, site: AdminSite, app: str, model: str, file: str) -> HttpResponseBase:
    """The list as the address of its page asks for it."""
    office = _admin_of(site, app, model)
    if office is None or file not in FILES:
        raise Http404
    if not office.has_view_or_change_permission(request) or not request.user.has_perm(EXPORT):
        raise PermissionDenied
    try:
        shown = office.get_changelist_instance(request)
    except IncorrectLookupParameters:
        return redirect(f"admin:{app}_{model}_changelist")
    name = f"{app}-{model}"
    return called(FILES[file](_rows(office, shown), name), name, request.GET.urlencode())


def _admin_of(site: AdminSite, app: str, model: str) -> ModelAdmin[Any] | None:
    try:
        return site.get_model_admin(apps.get_model(app, model))
    except LookupError:
        return None


def _rows(office: ModelAdmin[Any], shown: ChangeList) -> Iterator[Row]:
    """The heading, then every row, read while the file is sent."""
    names = [name for name in shown.list_display if name != "action_checkbox"]
    yield [harmless(capfirst(_plain(label_for_field(name, office.model, office)))) for name in names]
    found = shown.queryset.iterator(chunk_size=AT_ONCE)
    while rows := list(islice(found, AT_ONCE)):
        for row in office.prepare_rows(rows) if isinstance(office, PreparedRows) else rows:
            yield [_cell(str(name), row, office) for name in names]


def _cell(name: str, row: Model, office: ModelAdmin[Any]) -> str | Decimal:
    """What stands in a column, without its markup; nothing in it is a formula."""
    try:
        field, _attribute, value = lookup_field(name, row, office)
    except ObjectDoesNotExist:
        return ""
    if field is not None and getattr(field, "flatchoices", None):
        value = dict(field.flatchoices).get(value, value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Decimal):
        return value
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(sep=" ", timespec="seconds")
    return value.isoformat() if isinstance(value, date) else harmless(_plain(value))


def _plain(value: Any) -> str:
    return " ".join(strip_tags(str(value)).split())
