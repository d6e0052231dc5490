"""Appeals in the office: the queue, one page to decide on, canned texts, and who asks for an association."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin, messages
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin

from accounts.current import current_user
from opscom.lib.dates import today
from opscom.lib.finding import FindingAdmin
from opscom.lib.office import office
from opscom.lib.readonly import ReadOnly
from violations.admin.review import review_page
from violations.errors import AppealRefused
from violations.models import Appeal, Association, CannedText
from violations.services.appeals.associating import answer_consent, end_associations


class WaitingFilter(admin.SimpleListFilter):
    """What is to be decided comes first."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("all", _("All")), *((str(state), label) for state, label in Appeal.State.choices if state != "draft")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        link = changelist.get_query_string
        yield {
            "selected": self.value() is None,
            "query_string": link(remove=[self.parameter_name]),
            "display": _("To decide"),
        }
        for value, label in self.lookup_choices:
            yield {
                "selected": self.value() == str(value),
                "query_string": link({self.parameter_name: value}),
                "display": label,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Appeal]) -> QuerySet[Appeal]:
        if self.value() is None:
            return queryset.filter(state__in=Appeal.RUNNING)
        return queryset if self.value() == "all" else queryset.filter(state=self.value())


@admin.register(Appeal)
class AppealAdmin(FindingAdmin):
    """The queue: whose vehicle has a boot on comes first, then what waits longest. Decisions go through the services alone."""

    list_display = (
        "violation_number",
        "level",
        "offence",
        "appellant_name",
        "submitted_at",
        "age",
        "answer_by",
        "boot",
        "state",
    )
    list_filter = (WaitingFilter,)
    led_by = ("violation__offence__exact", "violation__lot__exact")
    list_select_related = ("user", "violation__offence")
    list_per_page = 50
    search_fields = ("violation__number",)
    search_help_text = _("Beginning of the ticket number")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appeal]:
        """A draft is nobody's business."""
        related = (
            "user",
            "reviewer",
            "violation__offence",
            "violation__lot",
            "violation__officer",
            "violation__charge",
        )
        rows = Appeal.objects.with_boot().exclude(state=Appeal.State.DRAFT).select_related(*related)
        return rows.order_by(*self.get_ordering(request))

    def get_ordering(self, request: HttpRequest) -> Any:
        return ("-booted", F("submitted_at").asc(nulls_last=True), "pk")

    def find(self, term: str) -> Iterable[Q]:
        yield Q(violation__number__startswith=term.upper())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("ticket number"), ordering="violation__number")
    def violation_number(self, appeal: Appeal) -> str:
        return appeal.violation.number

    @admin.display(description=_("offence"))
    def offence(self, appeal: Appeal) -> str:
        return str(appeal.violation.offence)

    @admin.display(description=_("appellant"))
    def appellant_name(self, appeal: Appeal) -> str:
        return appeal.appellant

    @admin.display(description=_("waits for"))
    def age(self, appeal: Appeal) -> str:
        return timesince(appeal.submitted_at, depth=1) if appeal.is_running and appeal.submitted_at else "–"

    @admin.display(description=_("answer by"))
    def answer_by(self, appeal: Appeal) -> str:
        by = appeal.decide_by(office().appeal_answer_days)
        if by is None or not appeal.is_running:
            return "–"
        written = today(by).isoformat()
        return format_html("<strong>{} ({})</strong>", written, gettext("late")) if by < timezone.now() else written

    @admin.display(description=_("boot"))
    def boot(self, appeal: Appeal) -> str:
        return gettext("on the vehicle") if appeal.booted else "–"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Everything about it on one page, and the decision beside it."""
        appeal = self.get_object(request, object_id)
        if appeal is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
        return review_page(self, request, appeal)


@admin.register(CannedText)
class CannedTextAdmin(TranslationAdmin):
    """What the office often answers."""

    list_display = ("name", "active")
    list_filter = ("active",)
    search_fields = ("name",)


class AnswerFilter(admin.SimpleListFilter):
    """Those that wait for the office."""

    title = _("answer")
    parameter_name = "answer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("waiting", _("Waits for the office")), ("active", _("In force"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "waiting":
            return queryset.waiting()
        return queryset.active(timezone.now()) if self.value() == "active" else queryset


@admin.register(Association)
class AssociationAdmin(ReadOnly, admin.ModelAdmin):
    """Who may appeal a ticket of somebody else's vehicle."""

    list_display = ("user", "violation", "asked_at", "began_at", "ends_at", "refused_at", "by")
    list_filter = (AnswerFilter,)
    list_select_related = ("user", "violation", "by")
    search_fields = ("violation__number",)
    actions = ("allow", "refuse", "end")

    def has_answer_permission(self, request: HttpRequest) -> bool:
        """Whoever may change associations answers."""
        return request.user.has_perm("violations.change_association")

    @admin.action(description=_("Allow"), permissions=["answer"])
    def allow(self, request: HttpRequest, rows: QuerySet[Association]) -> None:
        self._answer(request, rows, allow=True)

    @admin.action(description=_("Refuse"), permissions=["answer"])
    def refuse(self, request: HttpRequest, rows: QuerySet[Association]) -> None:
        self._answer(request, rows, allow=False)

    @admin.action(description=_("End now"), permissions=["answer"])
    def end(self, request: HttpRequest, rows: QuerySet[Association]) -> None:
        count = end_associations(rows, by=current_user(request))
        text = ngettext("%(count)d association is ended.", "%(count)d associations are ended.", count)
        self.message_user(request, text % {"count": count})

    def _answer(self, request: HttpRequest, rows: QuerySet[Association], *, allow: bool) -> None:
        for row in rows:
            try:
                answer_consent(row, allow=allow, by=current_user(request))
            except AppealRefused as refusal:
                self.message_user(request, f"{row}: {refusal.message}", messages.ERROR)
            else:
                self.message_user(request, gettext("%(row)s is answered.") % {"row": row}, messages.SUCCESS)
