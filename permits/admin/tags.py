"""Hang tags in the office: what is to make, what lies ready, and the labels for the post."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.current import current_user
from opscom.lib.readonly import ReadOnly, StateEventInline
from permits.errors import PermitRefused
from permits.labels import labels_pdf
from permits.models import HangTag, HangTagEvent, Permit, PermitType
from permits.services import tags as service
from permits.services.batches import start_batch


class HangTagEventInline(StateEventInline):
    """History of a hang tag."""

    model = HangTagEvent


@admin.register(HangTag)
class HangTagAdmin(ReadOnly, admin.ModelAdmin):
    """The list of what holders wait for, the oldest first."""

    list_display = ("permit", "holder", "way", "state", "asked_at", "address")
    list_filter = ("state", "way", "permit__lot")
    list_select_related = ("permit__holder",)
    search_fields = ("permit__number", "permit__holder__last_name")
    inlines = (HangTagEventInline,)
    actions = ("print_and_make", "make", "send_out", "labels", "drop")

    def has_handle_permission(self, request: HttpRequest) -> bool:
        """Who makes hang tags and hands them out."""
        return bool(request.user.has_perm("permits.change_hangtag"))

    @admin.display(description=_("holder"))
    def holder(self, tag: HangTag) -> str:
        return tag.permit.holder.get_full_name()

    @admin.action(description=_("Print them as one file, and they are made"), permissions=["handle"])
    def print_and_make(self, request: HttpRequest, tags: QuerySet[HangTag]) -> HttpResponse | None:
        permits = Permit.objects.filter(tags__in=tags.filter(state=HangTag.State.TO_MAKE)).order_by("number")
        try:
            batch = start_batch(permits, by=current_user(request), layout=PermitType.Layout.HANG_TAG)
        except PermitRefused as refusal:
            messages.error(request, str(refusal))
            return None
        return redirect("admin:permits_printbatch_change", batch.pk)

    @admin.action(description=_("They are made; tell those who pick one up"), permissions=["handle"])
    def make(self, request: HttpRequest, tags: QuerySet[HangTag]) -> None:
        self._say(request, service.make_tags(_keys(tags), by=current_user(request)))

    @admin.action(description=_("They are handed over, or posted; tell those who get post"), permissions=["handle"])
    def send_out(self, request: HttpRequest, tags: QuerySet[HangTag]) -> None:
        self._say(request, service.send_out_tags(_keys(tags), by=current_user(request)))

    @admin.action(description=_("They are not wanted any more"), permissions=["handle"])
    def drop(self, request: HttpRequest, tags: QuerySet[HangTag]) -> None:
        self._say(request, service.drop_tags(_keys(tags), by=current_user(request)))

    @admin.action(description=_("Address labels"), permissions=["handle"])
    def labels(self, request: HttpRequest, tags: QuerySet[HangTag]) -> HttpResponse | None:
        posted = list(tags.filter(way=HangTag.Way.POST).exclude(address="").select_related("permit__holder"))
        if not posted:
            messages.error(request, _("None of them goes by post. Choose some that do."))
            return None
        headers = {"Content-Disposition": 'attachment; filename="labels.pdf"'}
        return HttpResponse(labels_pdf(posted), content_type="application/pdf", headers=headers)

    def _say(self, request: HttpRequest, n: int) -> None:
        if n:
            messages.success(request, ngettext("%(n)s hang tag done.", "%(n)s hang tags done.", n) % {"n": n})
        else:
            messages.warning(request, _("None of them was at that step. Filter the list by state."))


def _keys(tags: QuerySet[HangTag]) -> list[int]:
    return list(tags.order_by("pk").values_list("pk", flat=True))
