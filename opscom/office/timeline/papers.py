"""Forms, documents and the account itself in a person's history."""

from typing import Any

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import AccountEvent, AccountUpload, User
from forms_module.models import SubmissionEvent
from opscom.lib.office import office
from opscom.office.timeline.entries import Entry, Expr, Source, in_reader_language


class Forms(Source):
    """The person submitted a form, the office asked or decided."""

    kind, label, icon, at = "form", gettext_lazy("Forms"), "clipboard-document-list", "at"

    def is_on(self) -> bool:
        return office().forms_enabled

    def of(self, user: User) -> QuerySet[Any]:
        return SubmissionEvent.objects.filter(submission__user=user)

    def columns(self) -> dict[str, Expr]:
        return {
            "ref": F("submission__code"),
            "what": F("to_state"),
            "detail": in_reader_language("submission__form__name"),
            "acting": F("acting_id"),
        }

    def describe(self, entry: Entry) -> None:
        entry.heading = {
            "submitted": _("Form submitted"),
            "asked": _("The office asks about a form"),
            "approved": _("Form approved"),
            "refused": _("Form refused"),
        }[entry.found.what]
        entry.link, entry.link_text = reverse("forms:answer", args=[entry.found.ref]), entry.found.detail


class Uploads(Source):
    """A document that the person handed in."""

    kind, label, icon, at = "upload", gettext_lazy("Uploads"), "arrow-up-tray", "uploaded_at"
    pills = {
        "checking": ("held", gettext_lazy("Being checked")),
        "ready": ("active", gettext_lazy("Received")),
        "taken": ("paid", gettext_lazy("Taken into account")),
        "refused": ("overdue", gettext_lazy("Refused")),
    }

    def is_on(self) -> bool:
        return office().uploads_enabled

    def of(self, user: User) -> QuerySet[Any]:
        return AccountUpload.objects.for_user(user)

    def columns(self) -> dict[str, Expr]:
        return {"ref": F("code"), "detail": F("name"), "state": F("state")}

    def describe(self, entry: Entry) -> None:
        entry.heading = _("Document uploaded")
        if entry.found.state in (AccountUpload.State.READY, AccountUpload.State.TAKEN):
            entry.link, entry.link_text = reverse("upload_file", args=[entry.found.ref]), entry.found.detail
        else:
            entry.text = entry.found.detail


class Account(Source):
    """What happened to the account itself."""

    kind, label, icon, at = "account", gettext_lazy("Account"), "user-circle", "at"

    def of(self, user: User) -> QuerySet[Any]:
        told = [AccountEvent.Verb.UPLOADED] if office().uploads_enabled else []  # the document itself is on the line
        return AccountEvent.objects.for_user(user).exclude(verb__in=told)

    def columns(self) -> dict[str, Expr]:
        return {"what": F("verb"), "detail": F("detail"), "by": F("by_id"), "acting": F("acting_id")}

    def describe(self, entry: Entry) -> None:
        entry.heading = AccountEvent(verb=entry.found.what).label
        entry.text = entry.found.detail
