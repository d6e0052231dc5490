"""E-mails and texts in a person's history."""

from typing import Any

from django.db.models import Case, CharField, F, QuerySet, Value, When
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Mail, TextMessage, User
from accounts.models.text import SEALED_TEXTS
from opscom.lib.office import office
from opscom.models.texts import TextGateway
from opscom.office.timeline.entries import Entry, Expr, Source
from opscom.office.timeline.mail import mail_key


class Mails(Source):
    """An e-mail that the portal wrote to the person."""

    kind, label, icon, at = "mail", gettext_lazy("E-mails"), "envelope", "created_at"
    pills = {
        "queued": ("held", gettext_lazy("Waiting")),
        "sent": ("active", gettext_lazy("Sent")),
        "failed": ("overdue", gettext_lazy("Refused")),
    }

    def of(self, user: User) -> QuerySet[Any]:
        return Mail.objects.filter(user=user)

    def columns(self) -> dict[str, Expr]:
        return {"what": F("kind"), "detail": F("subject"), "state": F("state")}

    def describe(self, entry: Entry) -> None:
        entry.heading = _("E-mail")
        entry.link, entry.link_text = reverse("history_mail", args=[mail_key(entry.found.pk)]), entry.found.detail


class Texts(Source):
    """A text that the portal sent of its own accord; what somebody texted and was answered, the permit and its payment tell.
    A code that opens something is not shown."""

    kind, label, icon, at = "text", gettext_lazy("Texts"), "chat-bubble-left-right", "created_at"
    pills = {
        "queued": ("held", gettext_lazy("Waiting")),
        "sending": ("held", gettext_lazy("Waiting")),
        "unknown": ("held", gettext_lazy("Perhaps sent")),
        "sent": ("active", gettext_lazy("Sent")),
        "delivered": ("active", gettext_lazy("Delivered")),
        "failed": ("overdue", gettext_lazy("Not delivered")),
        "dropped": ("void", gettext_lazy("Not wanted any more")),
    }

    def is_on(self) -> bool:
        return office().text_gateway != TextGateway.OFF

    def of(self, user: User) -> QuerySet[Any]:
        return TextMessage.objects.for_user(user).filter(direction=TextMessage.Direction.OUT, answers=None)

    def columns(self) -> dict[str, Expr]:
        sealed = When(kind__in=SEALED_TEXTS, then=Value(""))
        body = Case(sealed, default=F("body"), output_field=CharField())
        return {"what": F("kind"), "detail": body, "state": F("state")}

    def describe(self, entry: Entry) -> None:
        entry.heading = _("Text message")
        entry.text = entry.found.detail or TextMessage(kind=entry.found.what).kind_label
