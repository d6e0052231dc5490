"""What a lot's page shows besides the lot itself: how full it is, what it sells, when it is closed, and who waits."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from opscom.lib.dates import Period, today, written_period
from opscom.lib.panels import NEWEST, NO_WORD, Cell, Fact, Panel, Words, list_of, moment, money, newest, page_of
from permits.capacity import occupancies
from permits.models import Lot, LotBlock, Permit, SalesWindow, Waitlist, WaitlistOffer
from permits.models.sale import price_on
from permits.services.waitlists.queue import size_of

AHEAD = timedelta(days=3650)
SOLD = 8  # windows


def whole_lot(lot: Lot, viewer: User) -> dict[str, Any]:
    """Eight queries: two for how full it is, one each for permits, offers, windows with prices, closures and waitlists."""
    at = timezone.now()
    panels: list[tuple[str, Callable[[], Panel]]] = [
        ("permits.view_saleswindow", lambda: _windows(lot, at)),
        ("permits.view_lotblock", lambda: _closures(lot, at)),
        ("permits.view_waitlist", lambda: _waitlists(lot)),
        ("permits.view_permit", lambda: _permits(lot)),
    ]
    return {
        "standing": [_visibility(lot)],
        "facts": _room(lot, at),
        "panels": [draw() for right, draw in panels if viewer.has_perm(right)],
    }


def _visibility(lot: Lot) -> Cell:
    return Cell(lot.get_visibility_display(), pill="active" if lot.visibility == Lot.Visibility.VISIBLE else "void")


def _room(lot: Lot, at: datetime) -> list[Fact]:
    """Of today, and of the fullest day to come."""
    first = today(at)
    now, ahead = Period(first, first + timedelta(days=1)), Period(first, first + AHEAD)
    full = occupancies([(lot, now), (lot, ahead)], at)
    valid = Q(state=Permit.State.ACTIVE, valid_from__lte=first, valid_before__gt=first)
    counts = Permit.objects.filter(lot=lot, state__in=Permit.UNRELEASED, valid_before__gt=first).aggregate(
        active=Count("pk", filter=valid),
        later=Count("pk", filter=Q(state=Permit.State.ACTIVE, valid_from__gt=first)),
        held=Count("pk", filter=Q(state=Permit.State.HELD, held_until__gt=at)),
        suspended=Count("pk", filter=Q(state=Permit.State.SUSPENDED)),
    )
    offered = WaitlistOffer.objects.live().filter(permit_type__lot=lot).count()
    today_ = full[lot, now]
    return [
        Fact(_("Spaces"), [Cell(str(lot.spaces))]),
        Fact(_("Taken today"), [Cell(_taken(today_.taken, today_.spaces))]),
        Fact(_("Free today"), [Cell(str(today_.free))]),
        Fact(_("Taken on the fullest day to come"), [Cell(_taken(full[lot, ahead].taken, full[lot, ahead].spaces))]),
        Fact(_("Permits valid today"), [Cell(str(counts["active"]), _of_state(lot, "active"))]),
        Fact(_("Permits that begin later"), [Cell(str(counts["later"]))]),
        Fact(_("Held, not paid"), [Cell(str(counts["held"]), _of_state(lot, "held"))]),
        Fact(_("Suspended"), [Cell(str(counts["suspended"]), _of_state(lot, "suspended"))]),
        Fact(_("Offered to people who wait"), [Cell(str(offered))]),
    ]


def _taken(taken: int, spaces: int) -> Words:
    words = _("%(taken)s of %(spaces)s") % {"taken": taken, "spaces": spaces}
    return words + " – " + _("oversold by %(n)s") % {"n": taken - spaces} if taken > spaces else words


def _of_state(lot: Lot, state: str) -> str:
    return list_of("permits_permit", lot__id__exact=lot.pk, state__exact=state)


def _windows(lot: Lot, at: datetime) -> Panel:
    """What is sold now, or will be, and then what was sold last."""
    found = SalesWindow.objects.filter(permit_type__lot=lot).select_related("permit_type").prefetch_related("prices")
    rows, n = newest(found.order_by("-sale_ends", "-pk"), most=SOLD, now=_on_sale(at))
    return Panel(
        "windows",
        _("Sales windows"),
        (_("Window"), _("On sale"), _("Permit valid"), _("Price today"), _("State")),
        [
            (
                Cell(str(window), page_of("permits_saleswindow", window.pk)),
                Cell(written_period(Period(window.sale_starts, window.sale_ends))),
                Cell(written_period(Period(window.valid_from, window.valid_before))),
                _price(window, at),
                _selling(window, at),
            )
            for window in rows
        ],
        counts=ngettext("%(n)d on sale now", "%(n)d on sale now", n["now"]) % {"n": n["now"]},
        more=list_of("permits_saleswindow", q=lot.code),
        more_words=_("All sales windows"),
        empty=_("Nothing is sold by windows."),
    )


def _on_sale(at: datetime) -> Q:
    return Q(active=True, permit_type__active=True, sale_starts__lte=at, sale_ends__gt=at)


def _price(window: SalesWindow, at: datetime) -> Cell:
    price = price_on(list(window.prices.all()), today(at))
    return money(price.amount if price else None)


def _selling(window: SalesWindow, at: datetime) -> Cell:
    if window.is_on_sale(at):
        return Cell(_("On sale"), pill="active")
    if not (window.active and window.permit_type.active):
        return Cell(_("Switched off"), pill="void")
    return Cell(_("Not yet"), pill="held") if window.sale_starts > at else Cell(_("Over"), pill="expired")


def _closures(lot: Lot, at: datetime) -> Panel:
    """What closes it now, or will."""
    rows, n = newest(LotBlock.objects.filter(lot=lot, ends_at__gt=at))
    return Panel(
        "closures",
        _("Closures and events"),
        (_("When"), _("Spaces"), _("Reason")),
        [
            (
                Cell(written_period(Period(block.starts_at, block.ends_at)), page_of("permits_lotblock", block.pk)),
                Cell(_("All") if block.spaces is None else str(block.spaces)),
                Cell(_("%(reason)s (called off)") % {"reason": block.reason} if block.called_off_at else block.reason),
            )
            for block in rows
        ],
        counts=ngettext("%(n)d now or to come", "%(n)d now or to come", n["all"]) % {"n": n["all"]},
        more=list_of("permits_lotblock", lot__id__exact=lot.pk),
        more_words=_("All closures and events"),
        empty=_("None now or to come."),
    )


def _waitlists(lot: Lot) -> Panel:
    found = Waitlist.objects.filter(permit_types__lot=lot).distinct().annotate(size=size_of())
    rows: list[Any] = list(found.order_by("position", "pk"))
    return Panel(
        "waitlists",
        _("Waitlists"),
        (_("Waitlist"), _("Waiting"), _("State")),
        [
            (
                Cell(str(waitlist), page_of("permits_waitlist", waitlist.pk)),
                Cell(str(waitlist.size), list_of("permits_waitlistentry", waitlist__id__exact=waitlist.pk)),
                Cell(_("Open"), pill="active") if waitlist.active else Cell(_("Nobody can join"), pill="void"),
            )
            for waitlist in rows
        ],
        empty=_("Nobody can wait for it."),
    )


def _permits(lot: Lot) -> Panel:
    """What was reserved last."""
    sold = Permit.objects.filter(lot=lot).select_related("holder", "permit_type").order_by("-pk")[:NEWEST]
    return Panel(
        "permits",
        _("Permits reserved last"),
        (_("Permit"), _("Holder"), _("When"), _("State")),
        [
            (
                Cell(permit.number, page_of("permits_permit", permit.pk)),
                Cell(permit.holder.get_full_name() or NO_WORD, page_of("accounts_user", permit.holder_id)),
                moment(permit.reserved_at),
                Cell(permit.get_state_display(), pill=PERMIT_PILLS[permit.state]),
            )
            for permit in sold
        ],
        more=list_of("permits_permit", lot__id__exact=lot.pk),
        more_words=_("All permits of the lot"),
        empty=_("No permit yet."),
    )


PERMIT_PILLS = {"held": "held", "active": "active", "suspended": "overdue", "released": "expired", "cancelled": "void"}
