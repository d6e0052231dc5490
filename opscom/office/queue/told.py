"""The lanes that say more than a number."""

from datetime import datetime, timedelta

from django.db.models import Count, Min, Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lockers.models import LockerTerm
from opscom.lib.dates import end_of_day, today
from opscom.lib.money import ZERO, format_money
from opscom.lib.office import office
from opscom.office.queue.lane import Lane
from payments.models import Payment
from permits.models import Permit, Waitlist, WaitlistEntry
from permits.services.waitlists.places import places_of
from violations.models import Appeal
from violations.services.collecting.sending import ready_tickets


def money() -> list[Lane]:
    """Promised money, and payments that somebody must look at."""
    return [_promises(), _attention()]


def _promises() -> Lane:
    sums = Payment.objects.filter(state=Payment.State.PROMISED).aggregate(
        n=Count("pk"), total=Sum("amount"), late=Count("pk", filter=Q(promise_due_on__lt=today()))
    )
    return Lane(
        title=_("Cash or cheque to process"),
        colour="is-promised",
        count=sums["n"],
        note=_("%(sum)s in all") % {"sum": format_money(sums["total"] or ZERO)},
        late=_past(sums["late"]),
        url=reverse("admin:payments_payment_changelist") + "?state__exact=promised",
    )


def _attention() -> Lane:
    kinds = Payment.objects.needing_attention().order_by("attention").values_list("attention").annotate(n=Count("pk"))
    words = ", ".join(f"{n} × {Payment.Attention(kind).label}" for kind, n in kinds)
    return Lane(
        title=_("Payments need attention"),
        colour="is-owed",
        count=sum(n for _kind, n in kinds),
        note=words,
        late="",
        url=reverse("admin:payments_payment_changelist") + "?needs=yes",
    )


def appeals() -> list[Lane]:
    """Appeals to decide: for how long the oldest waits, how many longer than people are told, and how many with a boot on."""
    now = timezone.now()
    before = now - timedelta(days=office().appeal_answer_days)
    sums = (
        Appeal.objects.running()
        .with_boot()
        .aggregate(
            n=Count("pk"),
            first=Min("submitted_at"),
            late=Count("pk", filter=Q(submitted_at__lt=before)),
            held=Count("pk", filter=Q(booted=True)),
        )
    )
    booted = sums["held"]
    words = [
        _age(sums["first"], now),
        ngettext("%(n)s with a boot on", "%(n)s with a boot on", booted) % {"n": booted} if booted else "",
    ]
    return [
        Lane(
            title=_("Appeals to decide"),
            colour="is-review",
            count=sums["n"],
            note=", ".join(filter(None, words)),
            late=_past(sums["late"]),
            url=reverse("admin:violations_appeal_changelist"),
        )
    ]


def _age(first: datetime | None, now: datetime) -> str:
    """For how many days the oldest waits, once it is one."""
    days = (now - first).days if first else 0
    return ngettext("waiting up to %(n)s day", "waiting up to %(n)s days", days) % {"n": days} if days else ""


def room() -> list[Lane]:
    """Waitlists with free places: whose offers staff make, and others that something keeps from being offered for now. Four
    queries, or one where nobody waits."""
    waiting = Count("entries", filter=Q(entries__state=WaitlistEntry.State.WAITING))
    lists = list(Waitlist.objects.annotate(waiting=waiting).filter(waiting__gt=0))
    places = places_of(lists, timezone.now()) if lists else {}
    found = {waitlist: min(waitlist.waiting, sum(place.free for place in places[waitlist.pk])) for waitlist in lists}
    found = {waitlist: n for waitlist, n in found.items() if n}
    one = next(iter(found)) if len(found) == 1 else None
    keys = ",".join(str(waitlist.pk) for waitlist in found)
    return [
        Lane(
            title=_("Waitlists with free places"),
            colour="is-owed",
            count=len(found),
            note=", ".join(f"{waitlist.name} ({n})" for waitlist, n in found.items()),
            late="",
            url=reverse("admin:permits_waitlist_queue", args=[one.pk])
            if one
            else reverse("admin:permits_waitlist_changelist") + (f"?id__in={keys}" if keys else ""),
        )
    ]


def unpaid() -> list[Lane]:
    """Permits and lockers that the clock releases until midnight unless they are paid."""
    tonight = end_of_day(today())
    held = Permit.objects.filter(state=Permit.State.HELD, held_until__lt=tonight).count()
    lockers = LockerTerm.objects.filter(state=LockerTerm.State.HELD, held_until__lt=tonight).count()
    words = ngettext("%(n)s of them a locker", "%(n)s of them lockers", lockers) % {"n": lockers} if lockers else ""
    return [
        Lane(
            title=_("Held and not paid, released tonight"),
            colour="is-held",
            count=held + lockers,
            note=words,
            late="",
            url=reverse("admin:unpaid"),
        )
    ]


def agency() -> list[Lane]:
    """Tickets for the collection agency, where the office has one."""
    if not office().collections_days:
        return []
    return [
        Lane(
            title=_("Tickets ready for the collection agency"),
            colour="is-owed",
            count=ready_tickets(at=timezone.now()).count(),
            note="",
            late="",
            url=reverse("admin:violations_collectionsbatch_add"),
        )
    ]


def _past(late: int) -> str:
    return ngettext("%(n)s past its date", "%(n)s past their date", late) % {"n": late} if late else ""
