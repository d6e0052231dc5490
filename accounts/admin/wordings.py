"""The office's own texts: all that there are, and one at a time with its preview, its placeholders and its versions."""

from typing import Any, ClassVar

from csp.decorators import csp_replace, csp_update
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from accounts.current import current_user
from accounts.models import Wording, WordingVersion
from accounts.services.wording_previews import draw_words, preview_words, send_test
from accounts.services.wordings import WordingRefused, save_wording, use_again, use_built_in
from accounts.wordings.forms import WordingRowForm, WordsForm
from accounts.wordings.newest import has_records, permission_to_see
from accounts.wordings.registry import Piece, piece_of
from accounts.wordings.showing import HINT, missing_names, shelves, versions_of
from opscom.lib.readonly import ReadOnly

LANGUAGES = dict(settings.LANGUAGES)
FRAMES = csp_update({"frame-src": ["'self'"]})  # for the preview


@admin.register(Wording)
class WordingAdmin(ReadOnly, admin.ModelAdmin):
    """What the portal writes to people, in the office's own words where it has some."""

    form = WordingRowForm
    fields: ClassVar[tuple[str, ...]] = ("kind", "language", "subject", "body")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may change texts may do so on the page of each."""
        return admin.ModelAdmin.has_change_permission(self, request, obj)

    def get_urls(self) -> list[URLPattern]:
        pages = {"show": self.show_view, "act": self.act_view, "preview": self.preview_view}
        own = [
            path(f"text/<str:name>/{verb}/", self.admin_site.admin_view(view), name=f"accounts_wording_{verb}")
            for verb, view in pages.items()
        ]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Every text in every language, and which of them are the office's own."""
        self._judge(request)
        chosen = request.GET.get("q", "").strip(), request.GET.get("only", "")
        around = {
            "title": self.opts.verbose_name_plural,
            "shelves": shelves(*chosen),
            "q": chosen[0],
            "only": chosen[1],
        }
        return self._draw(request, "list", {**around, "languages": LANGUAGES})

    @method_decorator(FRAMES)
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The page of a text, from where the audit trail leads to its row."""
        row = self.get_object(request, object_id)
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
        name = f"{row.kind}.{row.language}"
        return self.act_view(request, name) if request.method == "POST" else self.show_view(request, name)

    @method_decorator(FRAMES)
    def show_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """One text with its preview."""
        piece, language = _named(name)
        self._judge(request, piece)
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        return self._page(request, piece, language, self._form(request, piece, language))

    @method_decorator(FRAMES)
    def act_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """Save it, send a test, take up an earlier version or the built-in text."""
        piece, language = _named(name)
        if not self._may_change(request, piece):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        form = self._form(request, piece, language, typed=True)
        try:
            if form.is_valid() and _carry_out(request, piece, language, form):
                return redirect("admin:accounts_wording_show", name)
        except WordingRefused as refusal:
            form.refuse(refusal)
        return self._page(request, piece, language, form)

    @method_decorator(xframe_options_sameorigin)
    @method_decorator(csp_replace({"frame-ancestors": ["'self'"]}))
    @method_decorator(csp_update({"style-src": ["'unsafe-inline'"]}))  # as mail readers draw it
    def preview_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """What is typed, or else what is in force, as its reader sees it; drawn in a frame of the page."""
        piece, language = _named(name)
        self._judge(request, piece)
        form = self._form(request, piece, language, typed=request.method == "POST")
        words = form.initial if not form.is_bound else form.words if form.is_valid() else {}
        said: dict[str, Any] = {"piece": piece, "language": language}
        try:
            if piece.is_paper and "pdf" in request.POST:
                return self._pdf(piece, language, form)
            real = form.is_bound and form.is_real
            said["preview"] = preview_words(
                piece, language, subject=words.get("subject", ""), body=words.get("body", ""), real=real
            )
        except WordingRefused as refusal:
            said["problem"] = refusal.message
        return render(request, "admin/accounts/wording/preview.html", said)

    def _pdf(self, piece: Piece, language: str, form: WordsForm) -> HttpResponse:
        """What is typed, on the paper of the newest real record."""
        if not form.may_see_real or not form.is_valid():
            raise PermissionDenied
        drawn = draw_words(piece, language, **form.words)
        headers = {"Content-Disposition": f'inline; filename="{piece.key}.pdf"'}
        return HttpResponse(drawn, content_type="application/pdf", headers=headers)

    def _judge(self, request: HttpRequest, piece: Piece | None = None) -> None:
        """Templates are read, and changed, by whoever may do so in their list, too."""
        shared = piece is not None and piece.is_template and request.user.has_perm("accounts.view_mailtemplate")
        if not shared and not self.has_view_permission(request):
            raise PermissionDenied

    def _may_change(self, request: HttpRequest, piece: Piece) -> bool:
        shared = piece.is_template and request.user.has_perm("accounts.change_mailtemplate")
        return shared or self.has_change_permission(request)

    def _form(self, request: HttpRequest, piece: Piece, language: str, *, typed: bool = False) -> WordsForm:
        sees = current_user(request).has_perms(piece.rights or (permission_to_see(piece.key),))
        real = sees and not piece.secret and (piece.newest is not None or has_records(piece.key))
        if typed:
            return WordsForm(request.POST, piece=piece, language=language, real=real)
        own = Wording.objects.filter(kind=piece.key, language=language).first()
        subject, body = (own.subject, own.body) if own else piece.built_in(language)
        return WordsForm(initial={"subject": subject, "body": body}, piece=piece, language=language, real=real)

    def _page(self, request: HttpRequest, piece: Piece, language: str, form: WordsForm) -> HttpResponse:
        versions = versions_of(piece, language)
        form.fields["after"].initial = versions[0].number if versions else 0
        own = Wording.objects.filter(kind=piece.key, language=language).first()
        around = {
            "title": f"{piece.title} · {LANGUAGES[language]}",
            "piece": piece,
            "name": f"{piece.key}.{language}",
            "language": language,
            "languages": LANGUAGES,
            "form": form,
            "own": own,
            "versions": versions,
            "hint": HINT,
            "missing": missing_names(own) if own else {},
            "may_change": self._may_change(request, piece),
            "address": current_user(request).email,
        }
        return self._draw(request, "text", around)

    def _draw(self, request: HttpRequest, page: str, around: dict[str, Any]) -> HttpResponse:
        known = {**self.admin_site.each_context(request), "opts": self.opts, **around}
        return render(request, f"admin/accounts/wording/{page}.html", known)


def _named(name: str) -> tuple[Piece, str]:
    """The text and the language of an address."""
    key, _dot, language = name.rpartition(".")
    piece = piece_of(key)
    if piece is None or language not in LANGUAGES:
        raise Http404
    return piece, language


def _carry_out(request: HttpRequest, piece: Piece, language: str, form: WordsForm) -> bool:
    """What was pressed; False where the page stays as it was typed."""
    by, after = current_user(request), form.cleaned_data["after"]
    if "built_in" in request.POST:
        use_built_in(piece, language, by=by, after=after)
        taken = _("The text is taken away. Its versions are kept below.")
        back = _("The built-in text is used from now on. Your versions are kept below.")
        messages.success(request, taken if piece.is_template else back)
    elif number := request.POST.get("again", ""):
        earlier = get_object_or_404(
            WordingVersion, kind=piece.key, language=language, number=number if number.isdigit() else 0
        )
        version = use_again(earlier, by=by, after=after)
        messages.success(request, _("Version %(n)s is used from now on.") % {"n": version.number})
    elif "test" in request.POST and not piece.is_paper:
        send_test(piece, language, **form.words, real=form.is_real, to=by)
        messages.success(request, _("The test is on its way to you. Nothing was saved."))
        return False
    else:
        subject, body = form.words["subject"], form.words["body"]
        version = save_wording(piece, language, subject=subject, body=body, by=by, after=after)
        messages.success(request, _("Saved: version %(n)s is used from now on.") % {"n": version.number})
    return True
