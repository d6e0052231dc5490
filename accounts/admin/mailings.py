"""E-mails to many in the office: begun from a list of people, permits and the like, worded, looked at, sent, stopped."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import label_for_field
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms.models import model_to_dict
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.current import current_user
from accounts.models import Mailing, MailingPerson, MailTemplate, User
from accounts.services import mailing as service
from accounts.services.mailing_words import check_mailing, piece_for, sample_of
from accounts.services.wordings import WordingRefused
from accounts.wordings.own import templates_for, words_of
from accounts.wordings.rows import PERSON, kind_of
from accounts.wordings.showing import HINT
from opscom.lib.readonly import ReadOnly
from opscom.lib.wording import WordingError

REFRESH_SECONDS = "5"
EARLIER = 10
WRITE = "accounts.change_mailing"


class MailingPeople(admin.ModelAdmin):
    """Before the admin of a list behind whose rows are people: `people_path` leads from a row to its person. Put
    `write_to_people` among its actions."""

    people_path: ClassVar[str]

    def has_mailing_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(WRITE)

    @admin.action(description=gettext_lazy("Write an e-mail to these people"), permissions=["mailing"])
    def write_to_people(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Those behind the chosen rows, or behind all that match the filter; nothing is sent yet."""
        try:
            mailing = service.draft_mailing(
                service.people_behind(queryset, self.people_path),
                by=current_user(request),
                source=str(self.opts.verbose_name_plural),
                source_url=request.get_full_path(),
                rows=kind_of(self.opts.label_lower),
            )
        except service.MailingRefused as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
            return None
        return redirect("admin:accounts_mailing_change", mailing.pk)


class MailingForm(forms.ModelForm):
    """Its words in each language; English is what those read whose language has none."""

    class Meta:
        model = Mailing
        fields: ClassVar[tuple[str, ...]] = (
            "category",
            *(f"{name}_{code}" for code, _language in settings.LANGUAGES for name in ("subject", "text")),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].required = True
        for code, language in settings.LANGUAGES:
            for name in ("subject", "text"):
                words = capfirst(str(label_for_field(name, Mailing)))
                self.fields[f"{name}_{code}"].label = f"{words} ({language})"
        for name, field in self.fields.items():
            field.required = name in ("category", "subject_en", "text_en")
            if name.startswith("subject"):
                field.widget.attrs["class"] = "vTextField"
            if name.startswith("text"):
                field.widget.attrs["rows"] = 8

    def clean(self) -> dict[str, Any]:
        """Of another language both or none."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        for code, _language in settings.LANGUAGES:
            subject, text = f"subject_{code}", f"text_{code}"
            if bool(said.get(subject)) != bool(said.get(text)) and code != "en":
                missing = text if said.get(subject) else subject
                self.add_error(missing, _("Write both a subject and a text in this language, or neither."))
            elif said.get(subject) and said.get(text):
                self._check(code, said[subject], said[text])
        return said

    def _check(self, language: str, subject: str, text: str) -> None:
        """Whether what it names is there."""
        try:
            check_mailing(self.instance, language, subject=subject, text=text)
        except WordingRefused as refusal:
            self.add_error(f"{'subject' if refusal.field == 'subject' else 'text'}_{language}", refusal.message)


@admin.register(Mailing)
class MailingAdmin(ReadOnly, admin.ModelAdmin):
    """Each stays, with its words, who sent it when, and what came of each person."""

    list_display = ("made_at", "subject", "source", "by", "category", "started_at", "finished_at", "stopped_at")
    list_display_links = ("made_at", "subject")
    list_filter = ("category", "started_at")
    list_select_related = ("by", "category", "stopped_by")

    def get_urls(self) -> list[URLPattern]:
        do = self.admin_site.admin_view(self.do_view)
        return [path("<int:pk>/do/", do, name="accounts_mailing_do"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A draft to be worded, or the record of what was sent."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        mailing = self.get_object(request, object_id)
        if mailing is None:
            return redirect("admin:accounts_mailing_changelist")
        writes = request.user.has_perm(WRITE)
        if request.method == "POST" and not writes:
            raise PermissionDenied
        if writes and (mailing.is_draft or request.method == "POST"):
            return self._draft(request, mailing)
        return self._record(request, mailing)

    def _draft(self, request: HttpRequest, mailing: Mailing) -> HttpResponse:
        """The words, then the look: who gets it, who does not and why, and how it reads."""
        earlier = Mailing.objects.exclude(started_at=None).filter(rows__in=(mailing.rows, PERSON))
        templates = templates_for(mailing.rows)
        words = _taken(request, earlier, templates)
        form = MailingForm(request.POST or None, instance=mailing, initial=words)
        if request.method == "POST" and (form.is_valid() or not mailing.is_draft):
            return self._reworded(request, mailing, form.cleaned_data)
        context: dict[str, Any] = {"form": form, "people": mailing.people.count(), "languages": settings.LANGUAGES}
        context |= {"earlier": earlier.order_by("-started_at")[:EARLIER], "templates": templates}
        if "look" in request.GET and mailing.category and mailing.subject_en:  # type: ignore[attr-defined]
            context |= {"preview": service.preview_mailing(mailing), **_look(request, mailing)}
        else:
            context |= {"piece": piece_for(mailing), "hint": HINT}
        return self._page(request, "draft", _("Write an e-mail to many"), mailing, context)

    def _reworded(self, request: HttpRequest, mailing: Mailing, words: dict[str, Any]) -> HttpResponse:
        """On to the look; to the record where somebody started it meanwhile."""
        try:
            service.word_mailing(mailing, words=words)
        except service.MailingRefused as refusal:
            messages.error(request, refusal.message)
            return redirect(request.path)
        return redirect(f"{request.path}?look=1")

    def _record(self, request: HttpRequest, mailing: Mailing) -> HttpResponse:
        """How far it is, and what came of everybody."""
        counts = service.outcomes_of(mailing)
        outcomes = [(outcome, counts[outcome]) for outcome in MailingPerson.Outcome if counts.get(outcome)]
        total = sum(counts.values())
        context = {
            "outcomes": outcomes,
            "total": total,
            "done": total - counts.get(MailingPerson.Outcome.WAITING, 0),
            "may_stop": request.user.has_perm(WRITE) and not mailing.is_draft and mailing.stopped_at is None,
        }
        answer = self._page(request, "record", str(mailing), mailing, context)
        if mailing.is_running:
            answer.headers["Refresh"] = REFRESH_SECONDS
        return answer

    def do_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A trial to oneself, the start, the stop, or away with a draft."""
        if not request.user.has_perm(WRITE):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        mailing: Mailing = get_object_or_404(Mailing.objects.select_related("category"), pk=pk)
        verb = VERBS.get(request.POST.get("do", ""))
        if verb is None:
            raise Http404
        try:
            words = verb(mailing, current_user(request))
        except service.MailingRefused as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, words)
        if not Mailing.objects.filter(pk=pk).exists():
            return redirect("admin:accounts_mailing_changelist")
        looking = "?look=1" if verb is _try else ""
        return redirect(reverse("admin:accounts_mailing_change", args=[pk]) + looking)

    def _page(
        self, request: HttpRequest, name: str, title: str, mailing: Mailing, context: dict[str, Any]
    ) -> HttpResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, "mailing": mailing}
        return render(request, f"admin/accounts/mailing/{name}.html", frame | context)


def _taken(request: HttpRequest, earlier: QuerySet[Mailing], templates: list[MailTemplate]) -> dict[str, Any] | None:
    """The words of the template, or of the earlier e-mail, that it shall begin with."""
    if code := request.GET.get("template"):
        return next((words_of(template) for template in templates if template.code == code), None)
    taken = earlier.filter(pk=pk).first() if (pk := request.GET.get("from", "")).isdecimal() else None
    return model_to_dict(taken, MailingForm.Meta.fields) if taken else None


def _look(request: HttpRequest, mailing: Mailing) -> dict[str, Any]:
    """How it reads for one of its people, and who is the next to look at; nothing for who may not see what it tells of them."""
    if not current_user(request).has_perms(piece_for(mailing).rights):
        return {}
    people = mailing.people.select_related("user").filter(user__is_active=True)
    after = request.GET.get("after", "")
    found = list(people.filter(pk__gt=after)[:2] if after.isdecimal() else people[:2])
    if not found:
        return {}
    try:
        sample = sample_of(mailing, found[0])
    except WordingError as error:
        sample = ("", error.message)
    return {"sample": sample, "reader": found[0], "is_last": len(found) == 1}


def _start(mailing: Mailing, by: User) -> str:
    service.start_mailing(mailing, by=by)
    return _("The e-mails are being written in the background. You can leave this page.")


def _stop(mailing: Mailing, by: User) -> str:
    back = service.stop_mailing(mailing, by=by)
    words = ngettext(
        "Stopped. %(n)s e-mail that had not left yet was taken back.",
        "Stopped. %(n)s e-mails that had not left yet were taken back.",
        back,
    )
    return words % {"n": back}


def _drop(mailing: Mailing, _by: User) -> str:
    service.drop_mailing(mailing)
    return _("The draft is thrown away. Nobody was written to.")


def _try(mailing: Mailing, by: User) -> str:
    service.send_trial(mailing, to=by)
    return _("A trial is on its way to %(email)s.") % {"email": by.email}


VERBS = {"start": _start, "stop": _stop, "drop": _drop, "trial": _try}


@admin.register(MailingPerson)
class MailingPersonAdmin(ReadOnly, admin.ModelAdmin):
    """To whom a message went, and to whom not."""

    list_display = ("user", "outcome", "mail")
    list_filter = ("outcome",)
    list_select_related = ("user", "mail", "mailing")
    fields = ("mailing", *list_display)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Opened from its mailing."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[MailingPerson]:
        return super().get_queryset(request).defer("mail__html", "mail__text")
