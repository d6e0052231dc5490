"""What a person drives, holds and waits for, and the tickets that came of it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lockers.models import LockerTerm
from opscom.lib.dates import today, written_moment, written_period
from opscom.lib.money import ZERO
from opscom.lib.panels import Cell, Panel, day, in_words, list_of, money, newest, page_of
from opscom.office.timeline.places import Lockers, Permits
from opscom.office.whole.subject import Person
from opscom.templatetags.portal import spaced_plate
from permits.models import Permit, WaitlistEntry
from permits.services.waitlists.queue import ahead_of
from vehicles.models import VehicleOwner
from violations.models import Appeal, Violation


def vehicles(person: Person) -> Panel:
    """What the person drives."""
    links = VehicleOwner.objects.for_user(person.user)
    rows, n = newest(links, active=Q(active=True))
    return Panel(
        "vehicles",
        _("Vehicles"),
        (_("Plate"), _("Vehicle"), _("State")),
        [
            (
                Cell(
                    f"{spaced_plate(link.vehicle.plate)} {link.vehicle.region_short}",
                    page_of("vehicles_vehicle", link.vehicle_id),
                ),
                Cell(" ".join(filter(None, [str(link.vehicle.year or ""), link.vehicle.make, link.vehicle.colour]))),
                Cell(_state_of(link), pill="active" if link.active else "void"),
            )
            for link in rows
        ],
        counts=in_words(ngettext("%(n)d in use", "%(n)d in use", n["active"]) % {"n": n["active"]}, _of_all(n)),
        more=list_of("vehicles_vehicle", owner_links__user__id__exact=person.user.pk),
        more_words=_("All vehicles"),
        empty=_("No vehicle."),
    )


def permits(person: Person) -> Panel:
    """Permits, with what is held and until when."""
    held = Permit.objects.for_user(person.user).select_related("lot", "permit_type").order_by("-reserved_at", "-pk")
    day, at = today(person.at), person.at
    runs = Q(valid_from__lte=day, valid_before__gt=day) & ~Q(starts_at__gt=at) & ~Q(ends_at__lte=at)
    valid = Q(state=Permit.State.ACTIVE) & runs
    rows, n = newest(held, valid=valid, held=Q(state=Permit.State.HELD))
    return Panel(
        "permits",
        _("Permits"),
        (_("Permit"), _("Lot"), _("Valid"), _("State")),
        [
            (
                Cell(permit.number, page_of("permits_permit", permit.pk)),
                Cell(f"{permit.lot}, {permit.permit_type}"),
                Cell(written_period(permit.period)),
                _standing(permit, person),
            )
            for permit in rows
        ],
        counts=in_words(
            ngettext("%(n)d valid", "%(n)d valid", n["valid"]) % {"n": n["valid"]},
            ngettext("%(n)d held", "%(n)d held", n["held"]) % {"n": n["held"]} if n["held"] else "",
            _of_all(n),
        ),
        more=list_of("permits_permit", holder__id__exact=person.user.pk),
        more_words=_("All permits"),
        empty=_("No permit."),
    )


def waitlists(person: Person) -> Panel:
    """Where the person waits, and in which place."""
    entries = WaitlistEntry.objects.for_user(person.user).select_related("waitlist").order_by("-joined_at", "-pk")
    rows, n = newest(entries.annotate(ahead=ahead_of()), waiting=Q(state__in=WaitlistEntry.IN_QUEUE))
    return Panel(
        "waitlists",
        _("Waitlists"),
        (_("Waitlist"), _("Since"), _("Place"), _("State")),
        [
            (
                Cell(str(entry.waitlist), page_of("permits_waitlistentry", entry.pk)),
                day(today(entry.joined_at)),
                Cell(str(entry.ahead + 1) if entry.state == entry.State.WAITING else "–"),
                Cell(entry.get_state_display(), pill=WAITING_PILLS.get(entry.state, "expired")),
            )
            for entry in rows
        ],
        counts=in_words(ngettext("%(n)d waiting", "%(n)d waiting", n["waiting"]) % {"n": n["waiting"]}, _of_all(n)),
        more=list_of("permits_waitlistentry", user__id__exact=person.user.pk),
        more_words=_("All waitlists"),
        empty=_("Waits for nothing."),
    )


def lockers(person: Person) -> Panel:
    """Lockers of the person."""
    terms = LockerTerm.objects.for_user(person.user).select_related("locker__site").order_by("-given_at", "-pk")
    rows, n = newest(terms, now=Q(state__in=LockerTerm.TAKING, ends_before__gt=today(person.at)))
    return Panel(
        "lockers",
        _("Lockers"),
        (_("Locker"), _("Valid"), _("State")),
        [
            (
                Cell(str(term.locker), page_of("lockers_lockerterm", term.pk)),
                Cell(written_period(term.period)),
                _pill(Lockers.pills, "expired" if _is_over(term, person) else term.state),
            )
            for term in rows
        ],
        counts=in_words(ngettext("%(n)d now", "%(n)d now", n["now"]) % {"n": n["now"]}, _of_all(n)),
        more=list_of("lockers_lockerterm", user__id__exact=person.user.pk),
        more_words=_("All lockers"),
        empty=_("No locker."),
    )


def tickets(person: Person) -> Panel:
    """Tickets, with what each costs now and how its appeal stands."""
    appeals = Appeal.objects.handed_in().filter(violation=OuterRef("pk")).order_by("-level")
    found = Violation.objects.for_user(person.user).select_related("offence", "charge")
    found = found.prefetch_related("late_fees").annotate(
        appealed=Subquery(appeals.values("state")[:1]), appeal=Subquery(appeals.values("pk")[:1])
    )
    running = Exists(Appeal.objects.running().filter(violation=OuterRef("pk")))
    rows, n = newest(found, owed=Q(state=Violation.State.OPEN), appealed=Q(running))
    prices = {charge.pk: price for charge, price in person.owed.items()}
    return Panel(
        "tickets",
        _("Tickets"),
        (_("Ticket"), _("Written"), _("Offence"), _("State"), _("Appeal"), _("Owed now")),
        [
            (
                Cell(ticket.number, page_of("violations_violation", ticket.pk)),
                day(today(ticket.issued_at)),
                Cell(f"{ticket.offence}, {spaced_plate(ticket.plate)}" if ticket.plate else str(ticket.offence)),
                ticket_state(ticket, person),
                _appeal(ticket),
                money(_price(ticket, prices) if ticket.state == Violation.State.OPEN else None),
            )
            for ticket in rows
        ],
        counts=in_words(
            ngettext("%(n)d owed", "%(n)d owed", n["owed"]) % {"n": n["owed"]},
            ngettext("%(n)d under appeal", "%(n)d under appeal", n["appealed"]) % {"n": n["appealed"]}
            if n["appealed"]
            else "",
            _of_all(n),
        ),
        more=list_of("violations_violation", charge__payer__id__exact=person.user.pk),
        more_words=_("All tickets"),
        empty=_("No ticket."),
    )


WAITING_PILLS = {"waiting": "held", "offered": "promised", "taken": "paid"}
TICKET_PILLS = {"open": "owed", "paid": "paid", "void": "void", "warning": "void"}
APPEAL_PILLS = {"submitted": "review", "asked": "review", "upheld": "void", "reduced": "paid", "cancelled": "paid"}


def ticket_state(ticket: Violation, person: Person) -> Cell:
    """Its state in the office's words."""
    if ticket.is_overdue_on(today(person.at)):
        return Cell(_("Overdue"), pill="overdue")
    return Cell(ticket.get_state_display(), pill=TICKET_PILLS[ticket.state])


def _price(ticket: Violation, prices: dict[int, Decimal]) -> Decimal:
    charges: Iterable[int | None] = [ticket.charge_id, *(fee.charge_id for fee in ticket.late_fees.all())]
    return sum((prices.get(pk or 0, ZERO) for pk in charges), start=ZERO)


def _appeal(ticket: Any) -> Cell:
    if not ticket.appealed:
        return Cell("–")
    word = Appeal.State(ticket.appealed).label
    return Cell(word, page_of("violations_appeal", ticket.appeal), pill=APPEAL_PILLS[ticket.appealed])


def _standing(permit: Permit, person: Person) -> Cell:
    if permit.state == Permit.State.HELD and permit.held_until:
        return Cell(_("Held until %(moment)s") % {"moment": written_moment(permit.held_until)}, pill="held")
    ended = permit.state == Permit.State.ACTIVE and permit.is_over(person.at)
    return _pill(Permits.pills, "expired" if ended else permit.state)


def _is_over(term: LockerTerm, person: Person) -> bool:
    return term.state == LockerTerm.State.ACTIVE and term.ends_before <= today(person.at)


def _pill(pills: dict[str, Any], state: str) -> Cell:
    colour, word = pills[state]
    return Cell(word, pill=colour)


def _state_of(link: VehicleOwner) -> str:
    if not link.active:
        return _("Not in use")
    return _("In use, primary driver") if link.primary else _("In use")


def _of_all(n: dict[str, int]) -> str:
    return ngettext("%(n)d in all", "%(n)d in all", n["all"]) % {"n": n["all"]}
