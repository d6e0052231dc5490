"""The sources of a person's history, one class a kind. A new domain adds its own to `SOURCES`."""

from typing import Any

from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import AccountEvent, AccountUpload, Mail, TextMessage, User
from accounts.models.text import SEALED_TEXTS
from forms_module.models import SubmissionEvent
from lockers.models import LockerTerm
from opscom.lib.dates import Period, today, written_period
from opscom.lib.office import office
from opscom.lib.sealed import unseal
from opscom.models.texts import TextGateway
from opscom.office.timeline.entries import Entry, Expr, Source, in_reader_language
from opscom.office.timeline.mail import mail_key
from opscom.office.timeline.money import Credits, PaymentPlans, Payments, Refunds
from permits.models import Permit, PermitEvent, WaitlistEntryEvent
from violations.models import AppealEvent, Violation


class Permits(Source):
    """A permit was reserved, let go, taken back. That it was paid, its payment tells."""

    kind, label, icon, at = "permit", gettext_lazy("Permits"), "identification", "at"
    pills = {
        "held": ("held", gettext_lazy("Held")),
        "active": ("active", gettext_lazy("Active")),
        "suspended": ("overdue", gettext_lazy("Suspended")),
        "expired": ("expired", gettext_lazy("Expired")),
        "released": ("expired", gettext_lazy("Released")),
        "cancelled": ("void", gettext_lazy("Cancelled")),
    }

    def of(self, user: User) -> QuerySet[Any]:
        return PermitEvent.objects.filter(permit__holder=user).exclude(to_state=Permit.State.ACTIVE)

    def columns(self) -> dict[str, Expr]:
        past = Q(permit__valid_before__lte=today()) | Q(permit__ends_at__lte=timezone.now())
        over = When(past, permit__state=Permit.State.ACTIVE, then=Value("expired"))
        state = Case(over, default=F("permit__state"), output_field=CharField())
        return {
            "ref": F("permit__code"),
            "what": Case(
                When(from_state="", then=Value("")),
                When(to_state=Permit.State.CANCELLED, by=F("permit__holder"), then=Value("given_up")),
                default=F("to_state"),
                output_field=CharField(),
            ),
            "detail": Concat(F("permit__number"), Value("\n"), in_reader_language("permit__lot__name")),
            "state": Case(When(from_state="", then=state), default=Value(""), output_field=CharField()),
            "amount": Case(When(from_state="", permit__on_hours=False, then=F("permit__charge__amount")), default=None),
            "starts_on": F("permit__valid_from"),
            "ends_before": F("permit__valid_before"),
            "starts_at": F("permit__starts_at"),
            "ends_at": F("permit__ends_at"),
            "by": F("by_id"),
            "acting": F("acting_id"),
        }

    def describe(self, entry: Entry) -> None:
        number, lot = entry.found.detail.split("\n", 1)
        entry.heading = {
            "": _("Permit %(number)s"),
            "held": _("Permit %(number)s held again"),
            "suspended": _("Permit %(number)s suspended: its payment was undone"),
            "released": _("Permit %(number)s released: not paid in time"),
            "given_up": _("Permit %(number)s cancelled"),
            "cancelled": _("Permit %(number)s taken back by the office"),
        }[entry.found.what] % {"number": number}
        entry.link, entry.link_text = reverse("permits:detail", args=[entry.found.ref]), _("Permit Information")
        entry.text = f"{lot}, {days_of(entry)}"


class Waitlists(Source):
    """The person joined a waitlist, was offered a place, or waits no longer."""

    kind, label, icon, at = "waitlist", gettext_lazy("Waitlists"), "queue-list", "at"

    def is_on(self) -> bool:
        return office().waitlists_enabled

    def of(self, user: User) -> QuerySet[Any]:
        return WaitlistEntryEvent.objects.filter(entry__user=user)

    def columns(self) -> dict[str, Expr]:
        first = When(from_state="", then=Value("joined"))
        return {
            "what": Case(first, default=F("to_state"), output_field=CharField()),
            "detail": in_reader_language("entry__waitlist__name"),
            "by": F("by_id"),
            "acting": F("acting_id"),
        }

    def describe(self, entry: Entry) -> None:
        entry.heading = {
            "joined": _("Waitlist joined"),
            "waiting": _("On the waitlist again"),
            "offered": _("Place offered"),
            "taken": _("Place from the waitlist taken"),
            "declined": _("Offered place declined"),
            "lapsed": _("Offered place not taken in time"),
            "left": _("Waitlist left"),
        }[entry.found.what]
        entry.link, entry.link_text = reverse("waitlists:list"), entry.found.detail


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


class Lockers(Source):
    """A locker was given to the person, or reserved, as it stands now."""

    kind, label, icon, at = "locker", gettext_lazy("Lockers"), "lock-closed", "given_at"
    pills = {
        "later": ("held", gettext_lazy("Held")),
        "active": ("active", gettext_lazy("Active")),
        "expired": ("expired", gettext_lazy("Expired")),
        "held": ("held", gettext_lazy("Held")),
        "suspended": ("overdue", gettext_lazy("Suspended")),
        "released": ("expired", gettext_lazy("Released")),
        "cancelled": ("void", gettext_lazy("Cancelled")),
        "ended": ("expired", gettext_lazy("Ended")),
    }

    def is_on(self) -> bool:
        return office().lockers_enabled

    def of(self, user: User) -> QuerySet[Any]:
        return LockerTerm.objects.for_user(user)

    def columns(self) -> dict[str, Expr]:
        day = today()
        active = {"state": LockerTerm.State.ACTIVE}
        over = When(**active, ends_before__lte=day, then=Value("expired"))
        later = When(**active, starts_on__gt=day, then=Value("later"))
        return {
            "detail": Concat(F("locker__site__name"), Value(" "), F("locker__number")),
            "ref": F("code"),
            "state": Case(over, later, default=F("state"), output_field=CharField()),
            "amount": F("charge__amount"),
            "starts_on": F("starts_on"),
            "ends_before": F("ends_before"),
        }

    def describe(self, entry: Entry) -> None:
        entry.heading = _("Locker %(name)s") % {"name": entry.found.detail}
        entry.link, entry.link_text = reverse("lockers:detail", args=[entry.found.ref]), _("Locker Information")
        entry.text = days_of(entry)


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


def days_of(entry: Entry) -> str:
    """From when until when it holds: its moments, or its days, both included."""
    first = entry.found.starts_at or entry.found.starts_on
    before = entry.found.ends_at or entry.found.ends_before
    return "" if first is None or before is None else written_period(Period(first, before))


SOURCES: tuple[Source, ...] = (
    Permits(),
    Waitlists(),
    Violations(),
    Appeals(),
    Payments(),
    PaymentPlans(),
    Refunds(),
    Credits(),
    Lockers(),
    Forms(),
    Uploads(),
    Mails(),
    Texts(),
    Account(),
)


def sources_in_use() -> list[Source]:
    """The kinds that this office has."""
    return [source for source in SOURCES if source.is_on()]
