"""Tickets and appeals in a person's history."""

from typing import Any

from django.db.models import Case, CharField, F, QuerySet, Value, When
from django.db.models.functions import Coalesce, Concat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.sealed import unseal
from opscom.office.timeline.entries import Entry, Expr, Source, in_reader_language
from violations.models import AppealEvent, Violation


class Violations(Source):
    """A ticket, as it stands now."""

    kind, label, icon, at = "violation", gettext_lazy("Violations"), "exclamation-triangle", "issued_at"
    pills = {
        "open": ("owed", gettext_lazy("Owed")),
        "overdue": ("overdue", gettext_lazy("Overdue")),
        "paid": ("paid", gettext_lazy("Paid")),
        "void": ("void", gettext_lazy("Void")),
        "warning": ("void", gettext_lazy("Warning")),
    }

    def of(self, user: User) -> QuerySet[Any]:
        return Violation.objects.for_user(user)

    def columns(self) -> dict[str, Expr]:
        late = When(state=Violation.State.OPEN, charge__due_on__lt=today(), then=Value("overdue"))
        where = Coalesce(in_reader_language("lot__name"), Value(""), output_field=CharField())
        place = Case(When(lot=None, then=F("location")), default=where, output_field=CharField())
        return {
            "ref": F("number"),
            "what": F("sealed_pin"),
            "detail": Concat(in_reader_language("offence__description"), Value("\n"), place),
            "state": Case(late, default=F("state"), output_field=CharField()),
            "amount": F("amount"),
        }

    def describe(self, entry: Entry) -> None:
        entry.heading = _("Violation")
        entry.link = reverse("violations:ticket", args=[entry.found.ref])
        entry.link_text, entry.link_is_code = f"{entry.found.ref}-{unseal(entry.found.what)}", True
        entry.text = ", ".join(part for part in entry.found.detail.split("\n", 1) if part)


class Appeals(Source):
    """The person appealed a ticket, the office asked or decided."""

    kind, label, icon, at = "appeal", gettext_lazy("Appeals"), "scale", "at"

    def of(self, user: User) -> QuerySet[Any]:
        return AppealEvent.objects.filter(appeal__user=user)

    def columns(self) -> dict[str, Expr]:
        return {
            "ref": F("appeal__code"),
            "what": Case(
                When(from_state="asked", then=Value("answered")), default=F("to_state"), output_field=CharField()
            ),
            "detail": F("appeal__violation__number"),
            "acting": F("acting_id"),
        }

    def describe(self, entry: Entry) -> None:
        entry.heading = {
            "submitted": _("Appeal submitted"),
            "asked": _("The office asks about an appeal"),
            "answered": _("Question about an appeal answered"),
            "upheld": _("Appeal decided: the ticket stands"),
            "reduced": _("Appeal decided: the ticket is reduced"),
            "cancelled": _("Appeal decided: the ticket is cancelled"),
        }[entry.found.what]
        entry.link, entry.link_text = reverse("violations:appeal", args=[entry.found.ref]), entry.found.detail
