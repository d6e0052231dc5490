"""Letters in the office: make a batch, print its file, send it, or take it back."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from opscom.lib.errors import PortalError
from opscom.lib.readonly import ReadOnly
from violations.models import LetterBatch, NoticeStep
from violations.services.letters import (
    POSTED,
    draw_again,
    drop_letters,
    envelopes_of,
    make_letters,
    mark_sent,
    read_letters,
    without_mail,
)

REFRESH_SECONDS = "5"
DONE = {
    "sent": _("The letters are sent. Each ticket says so."),
    "drop": _("The batch is taken back. Its tickets may go into another one."),
    "again": _("The letters are drawn again."),
}


class LettersForm(forms.ModelForm):
    """Which notice is posted, and how many tickets wait for each."""

    step = forms.ChoiceField(label=_("Notice"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        at = timezone.now()
        self.fields["step"].choices = [  # type: ignore[attr-defined]
            (step.value, f"{step.label} ({without_mail(step, at=at).count()})") for step in POSTED
        ]

    class Meta:
        model = LetterBatch
        fields = ("step",)


@admin.register(LetterBatch)
class LetterBatchAdmin(ReadOnly, admin.ModelAdmin):
    """A batch is locked when it is made; the tickets in it are in no other until it is sent or taken back."""

    change_form_template = "violations/office/letters.html"
    list_display = ("__str__", "by", "tickets", "made_at", "sent_at", "dropped_at")
    list_select_related = ("by",)
    list_filter = ("step",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[LetterBatch]:
        return super().get_queryset(request).annotate(n=Count("items"))

    @admin.display(description=_("tickets"))
    def tickets(self, batch: Any) -> int:
        return int(batch.n)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("violations.add_letterbatch")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **kwargs | ({} if obj else {"form": LettersForm}))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = ("step", "by", "made_at", "drawn_at", "sent_at", "dropped_at", "ended_by", "expires_at")
        return shown if obj else LettersForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj) if obj else ()

    def save_model(self, request: HttpRequest, obj: LetterBatch, form: Any, change: bool) -> None:
        try:
            obj.pk = make_letters(NoticeStep(form.cleaned_data["step"]), by=current_user(request)).pk
        except PortalError as error:
            self.message_user(request, error.message, messages.ERROR)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The batch itself says who and when."""

    def response_add(
        self, request: HttpRequest, obj: LetterBatch, post_url_continue: str | None = None
    ) -> HttpResponse:
        return redirect(_page(obj.pk) if obj.pk else "admin:violations_letterbatch_add")

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        batch: Any = kwargs.get("obj")
        if batch is not None:
            may = self.has_add_permission(request)
            context |= {"batch": batch, "n": batch.items.count(), "letters": len(envelopes_of(batch)), "can_work": may}
        answer = super().render_change_form(request, context, *args, **kwargs)
        if batch is not None and batch.is_open and batch.drawn_at is None:
            answer.headers["Refresh"] = REFRESH_SECONDS
        return answer

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "violations_letterbatch_"
        return [
            path("<int:pk>/file/", view(self.file), name=f"{name}file"),
            *(
                path(f"<int:pk>/{verb}/", view(self.act), {"verb": verb}, name=f"{name}{verb}")
                for verb in ("sent", "drop", "again")
            ),
            *super().get_urls(),
        ]

    def file(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The letters, while their file is there."""
        batch = self._batch(request, pk)
        if request.method != "POST" or not batch.file:
            return redirect(_page(pk))
        try:
            letters = read_letters(batch)
        except FileNotFoundError as error:
            raise Http404 from error
        headers = {"Content-Disposition": f'attachment; filename="letters-{batch.pk}.pdf"', "Cache-Control": "no-store"}
        return HttpResponse(letters, content_type="application/pdf", headers=headers)

    def act(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        """Sent, taken back, or drawn once more."""
        batch = self._batch(request, pk)
        if request.method == "POST":
            try:
                if verb == "again":
                    draw_again(batch)
                else:
                    (mark_sent if verb == "sent" else drop_letters)(batch, by=current_user(request))
                messages.success(request, str(DONE[verb]))
            except PortalError as error:
                messages.error(request, error.message)
        return redirect(_page(pk))

    def _batch(self, request: HttpRequest, pk: int) -> LetterBatch:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return get_object_or_404(LetterBatch, pk=pk)


def _page(pk: Any) -> str:
    return reverse("admin:violations_letterbatch_change", args=[pk])
