"""The how manieth permit of a household a permit is, counted by the database along with the sales windows that are asked for.

A household is the one that the office has set, or whoever gives the same home address and is in none that the office set.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    Exists,
    ExpressionWrapper,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext as _

from accounts.models import Address, User
from opscom.lib.dates import Period, today
from opscom.lib.money import format_money, format_rate, rounded
from permits.models import HouseholdMember, HouseholdStep, Permit, PermitType, SalesWindow

Counted = PermitType.Counted


class Step(NamedTuple):
    """The nth permit of a household, and what it costs: an amount, a percentage of the price, or just the price."""

    n: int
    set_by_office: bool
    amount: Decimal | None
    percent: Decimal | None

    def __str__(self) -> str:
        if self.set_by_office:
            text = _("permit %(n)s of your household, as the office has set it") % {"n": self.n}
        else:
            text = _("permit %(n)s of your household, by the home address") % {"n": self.n}
        if self.percent is not None:
            return _("%(which)s: %(percent)s of the price") % {"which": text, "percent": format_rate(self.percent)}
        if self.amount is not None:
            return _("%(which)s: %(amount)s") % {"which": text, "amount": format_money(self.amount)}
        return text

    def of(self, price: Decimal) -> Decimal:
        """What this permit costs where the calendar says `price`."""
        if self.percent is not None:
            return rounded(price * self.percent / 100)
        return price if self.amount is None else self.amount


def steps_of(
    windows: Iterable[SalesWindow],
    user: User,
    at: datetime,
    *,
    period: Period | None = None,
    replaces: Permit | None = None,
    after: Mapping[int, date] | None = None,
) -> dict[int, Step]:
    """Which permit of the person's household the next one of each window would be, by the window's key, for the given days, or
    for those that are left of it: from the day that `after` has for it on. Windows for which households do not matter are
    left out; where there is no other, nothing is asked. Needs `permit_type`."""
    counting = [window.pk for window in windows if window.permit_type.household_counts]
    if not counting:
        return {}
    goes_on = Case(*_days(after or {}), default=Value(None, DateField()), output_field=DateField())
    rows = SalesWindow.objects.filter(pk__in=counting).order_by().annotate(goes_on=goes_on)
    counted = Coalesce(Subquery(_counted(user, _first(at, period), period, replaces), IntegerField()), 0)
    steps = HouseholdStep.objects.filter(permit_type=OuterRef("permit_type"), step__lte=OuterRef("nth")).order_by(
        "-step"
    )
    found = rows.annotate(nth=counted + 1).annotate(
        by_office=Exists(HouseholdMember.objects.filter(user=user)),
        amount=Subquery(steps.values("amount")[:1]),
        percent=Subquery(steps.values("percent")[:1]),
    )
    return {pk: Step(*step) for pk, *step in found.values_list("pk", "nth", "by_office", "amount", "percent")}


def _days(after: Mapping[int, date]) -> list[When]:
    return [When(pk=window, then=Value(day, DateField())) for window, day in after.items()]


def lock_household(user: User) -> None:
    """Whoever counts a household's permits to sell one keeps its other members waiting, in whatever lot they buy. The lot is
    locked already."""
    _lock(User.objects.filter(pk__in=household_of(user)))


def lock_households(users: Iterable[User]) -> None:
    """The same for the households of several people, all in the order of their keys."""
    _lock(User.objects.filter(pk__in={row["pk"] for user in users for row in household_of(user)}))


def _lock(people: QuerySet[User]) -> None:
    list(people.order_by("pk").select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))


def household_of(user: User) -> QuerySet[Any]:
    """Keys of the person and of everybody of the same household. One list, because the database looks up each of it by an index,
    and reads every row for conditions of which one or the other may hold."""
    set_by_office = HouseholdMember.objects.filter(household__in=user_households(user)).values("user")
    at_home = {"kind": Address.Kind.HOME, "user__household_member": None}
    home = Address.objects.filter(user=user, **at_home).values("place")
    same_home = Address.objects.filter(place__in=home, **at_home).values("user")
    own = User.objects.filter(pk=user.pk).values("pk")
    return own.order_by().union(set_by_office.order_by(), same_home.order_by())


def user_households(user: User) -> QuerySet[Any]:
    """The household that the office has set for this person: one or none."""
    return HouseholdMember.objects.filter(user=user).values("household")


def _first(at: datetime, period: Period | None) -> Any:
    """The first day of the next permit of the outer query's window."""
    if period is not None:
        return period.start
    day = Value(today(at), DateField())
    return Greatest(OuterRef("valid_from"), Coalesce(OuterRef("goes_on"), day), day)


def _counted(user: User, first: Any, period: Period | None, replaces: Permit | None) -> QuerySet[Any]:
    """How many permits of the household count for the window of the outer query. Holds count until they are released."""
    before: Any = OuterRef("valid_before") if period is None else period.end
    counts = (
        Q(outer=Counted.ALL)
        | Q(outer=Counted.LOT, lot=OuterRef("permit_type__lot"))
        | Q(outer=Counted.GROUP, lot__group=OuterRef("permit_type__lot__group"))
        | Q(outer=Counted.TYPE, permit_type=OuterRef("permit_type"))
    )
    permits = (
        Permit.objects.filter(holder__in=household_of(user), state__in=Permit.UNRELEASED, starts_at=None)
        .exclude(state=Permit.State.HELD, replaces__isnull=False)
        .filter(valid_from__lt=before, valid_before__gt=first)
    )
    if replaces is not None:
        permits = permits.exclude(pk=replaces.pk)
    permits = permits.annotate(
        outer=ExpressionWrapper(OuterRef("permit_type__household_counts"), output_field=CharField())
    ).filter(counts)
    return permits.order_by().annotate(all=Value(1)).values("all").annotate(n=Count("pk")).values("n")
