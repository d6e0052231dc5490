"""Permits, waitlists and lockers in a person's history: the places that somebody has, or waits for."""

from typing import Any

from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from lockers.models import LockerTerm
from opscom.lib.dates import Period, today, written_period
from opscom.lib.office import office
from opscom.office.timeline.entries import Entry, Expr, Source, in_reader_language
from permits.models import Permit, PermitEvent, WaitlistEntryEvent


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


def days_of(entry: Entry) -> str:
    """From when until when it holds: its moments, or its days, both included."""
    first = entry.found.starts_at or entry.found.starts_on
    before = entry.found.ends_at or entry.found.ends_before
    return "" if first is None or before is None else written_period(Period(first, before))
