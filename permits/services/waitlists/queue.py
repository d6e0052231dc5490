"""Who stands where, as parts of queries: pages and sales ask for any number of lists at once."""

from datetime import date, datetime

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

from accounts.models import User
from forms_module.models import Submission
from opscom.lib.dates import today
from permits.models import Lot, Permit, PermitBan, PermitType, SalesWindow, Waitlist, WaitlistEntry
from permits.models.sale import SalesWindowQuerySet
from permits.services.needed_permits import Day, with_other
from permits.services.quotes import rest_of


def people_waiting(at: datetime, day: date) -> Coalesce:
    """How many are to be asked before a place of the sales window of the outer query goes on open sale at that moment, which is on
    that day. Who has just let a place pass does not hold it back, nor does anybody who could not take one."""
    first = Greatest(OuterRef(OuterRef(OuterRef("valid_from"))), day)
    waiting = WaitlistEntry.objects.filter(
        _could_take(OuterRef(OuterRef("permit_type")), first, day),
        _sold_to(_of_the_same_places(at)),
        state=WaitlistEntry.State.WAITING,
        passed_over=False,
        user__is_active=True,
        waitlist__permit_types=OuterRef("permit_type"),
    )
    return _count_of(waiting, "user", distinct=True)


def waiting_for(window: SalesWindow, at: datetime) -> int:
    """The same number for one window's permit type."""
    rows = SalesWindow.objects.filter(pk=window.pk)
    return int(rows.values_list(people_waiting(at, today(at)), flat=True).get())


def size_of(waitlist: str = "pk") -> Coalesce:
    """How many wait on the list that the outer query names."""
    return _count_of(WaitlistEntry.objects.filter(waitlist=OuterRef(waitlist), state=WaitlistEntry.State.WAITING), "pk")


def ahead_of(entry: str = "") -> Coalesce:
    """How many wait before the entry of the outer query."""
    before = Q(turn__lt=OuterRef(f"{entry}turn")) | Q(turn=OuterRef(f"{entry}turn"), pk__lt=OuterRef(f"{entry}pk"))
    ahead = WaitlistEntry.objects.filter(
        before, waitlist=OuterRef(f"{entry}waitlist"), state=WaitlistEntry.State.WAITING
    )
    return _count_of(ahead, "pk")


def position_of(entry: WaitlistEntry) -> int:
    """The place in the queue, from 1."""
    ahead: int = WaitlistEntry.objects.filter(pk=entry.pk).values_list(ahead_of(), flat=True).get()
    return ahead + 1


def may_have(waitlist: Waitlist, window: SalesWindow, at: datetime) -> QuerySet[WaitlistEntry]:
    """Who of the list is to be offered a place of that window now, in their order; needs `permit_type`. Who has just let one
    pass is not asked."""
    return could_have(waitlist, window, at).filter(passed_over=False)


def could_have(waitlist: Waitlist, window: SalesWindow, at: datetime) -> QuerySet[WaitlistEntry]:
    """Those who wait and could take such a place: not who has closed the account or lost the privileges, may not buy in that
    lot or window, lacks the form that the permit asks for, or has a permit for these days already."""
    has_one = Permit.objects.filter(holder=OuterRef("user"), window=window, state__in=Permit.UNRELEASED)
    waiting = waitlist.entries.waiting().filter(user__is_active=True)
    lot = Lot.objects.filter(pk=window.permit_type.lot_id)
    for_all = Exists(lot.filter(user_types=None))
    theirs = Exists(lot.filter(user_types=OuterRef("user__user_type")))
    allowed = _could_take(window.permit_type_id, rest_of(window, today(at)).start, today(at))
    return waiting.filter(for_all | theirs, allowed, _sold_to(SalesWindow.objects.filter(pk=window.pk))).exclude(
        Exists(has_one)
    )


def _could_take(permit_type: OuterRef | int, first: Day, day: date) -> Q:
    """Entries of people who get permits, and have the form approved, and on its `first` day the other permit, that this type asks for, if it
    does."""
    banned = PermitBan.objects.in_force_on(day).filter(user=OuterRef("user"))
    approved = Submission.objects.filter(
        form=OuterRef("needs_form"), user=OuterRef(OuterRef("user")), state=Submission.State.APPROVED
    )
    allowed = PermitType.objects.filter(
        Q(needs_form=None) | Exists(approved), with_other(OuterRef(OuterRef("user")), first), pk=permit_type
    )
    return Q(~Exists(banned), Exists(allowed))


def _sold_to(windows: SalesWindowQuerySet) -> Exists:
    """Entries of people to whom one of those windows sells."""
    return Exists(windows.for_type(OuterRef(OuterRef("user__user_type"))))


def _of_the_same_places(at: datetime) -> SalesWindowQuerySet:
    """For entries within a query of windows: that window, and those on sale that give other groups the same places on some day."""
    window = {name: OuterRef(OuterRef(name)) for name in ("pk", "permit_type", "valid_from", "valid_before")}
    beside = Q(active=True, sale_starts__lte=at, sale_ends__gt=at, permit_type=window["permit_type"])
    same_days = Q(valid_from__lt=window["valid_before"], valid_before__gt=window["valid_from"])
    return SalesWindow.objects.filter(Q(pk=window["pk"]) | (beside & same_days))


def next_rank(user: User) -> int:
    """Behind the person's other choices."""
    return WaitlistEntry.objects.for_user(user).in_queue().count() + 1


def _count_of(rows: QuerySet[WaitlistEntry], column: str, *, distinct: bool = False) -> Coalesce:
    """Their number as a subquery that joins nothing to the outer rows; 0 where there are none."""
    counted = rows.order_by().annotate(one=F("state")).values("one").annotate(n=Count(column, distinct=distinct))
    return Coalesce(Subquery(counted.values("n"), output_field=IntegerField()), 0)
