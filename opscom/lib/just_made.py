"""Rows that somebody made many of at once, and may take back as long as nothing hangs on any of them."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opscom.lib.errors import PortalError

Spans = list[tuple[int, int]]


class StillUsed(PortalError):
    """Something hangs on one of the rows."""


def spans_of(keys: Iterable[int]) -> Spans:
    """The same keys as stretches without a gap: a session holds them however many there are."""
    stretches = (
        [key for _place, key in group]
        for _gap, group in groupby(enumerate(sorted(keys)), lambda pair: pair[1] - pair[0])
    )
    return [(keys[0], keys[-1]) for keys in stretches]


@transaction.atomic
def take_back(rows: "QuerySet[Any]") -> int:
    """Delete all of them, and answer how many they were. StillUsed, and none is deleted, where a row of any other table points at
    one of them; what begins to while this runs waits for it, or keeps it waiting."""
    keys = list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    for relation in rows.model._meta.related_objects:
        pointing: Any = relation.related_model
        if pointing._base_manager.filter(**{f"{relation.field.name}__in": keys}).exists():
            words = pointing._meta.verbose_name_plural
            raise StillUsed(_("Nothing is taken back: some are used already (%(by)s).") % {"by": words})
    rows.model._default_manager.filter(pk__in=keys).delete()
    return len(keys)


class JustMadeAdmin(admin.ModelAdmin):
    """A list above which what the reader just made many of can be taken back."""

    def get_urls(self) -> list[URLPattern]:
        own = self.admin_site.admin_view(self.take_back_view)
        return [path("take-back/", own, name=self._name("take_back")), *super().get_urls()]

    def note_made(self, request: HttpRequest, rows: Iterable[Model]) -> None:
        """Remember them for as long as this person is logged in, or until more are made."""
        request.session[self._name("made")] = spans_of(row.pk for row in rows)

    def just_made(self, request: HttpRequest) -> "QuerySet[Any]":
        """Those that are still there."""
        spans: Spans = request.session.get(self._name("made"), [])
        chosen = Q(pk__in=[])
        for first, last in spans:
            chosen |= Q(pk__range=(first, last))
        return self.model._default_manager.filter(chosen)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With how many these are; no query for who made none."""
        made = self.just_made(request).count() if self._name("made") in request.session else 0
        return super().changelist_view(request, {**(extra_context or {}), "just_made": made})

    def take_back_view(self, request: HttpRequest) -> HttpResponse:
        """All of them, or none."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            n = take_back(self.just_made(request))
        except StillUsed as refusal:
            messages.error(request, refusal.message)
        else:
            request.session.pop(self._name("made"), None)
            messages.success(request, ngettext("%(n)s is taken back.", "%(n)s are taken back.", n) % {"n": n})
        return redirect(f"admin:{self._name('changelist')}")

    def _name(self, what: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{what}"
