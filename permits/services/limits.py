"""How many permits a person, or a household, may hold at once. Only standard permits count."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Model
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from opscom.lib.dates import Period
from opscom.lib.office import office
from permits.models import Permit, SalesWindow
from permits.services.households import Step
from permits.services.sale import Reason


@dataclass(frozen=True)
class Limit:
    """So many permits at a time of those that count, the rule in words, and the row where the office sets it."""

    most: int
    counts: Callable[[Permit], bool]
    rule: str
    row: Model


def check_limits(
    user: User, window: SalesWindow, *, period: Period, step: Step | None, replaces: Permit | None = None
) -> None:
    """PermitRefused where the person, or the household, would hold more than the office allows at some moment of the period;
    the message names the permit that stands in the way. Call it with the lot locked; needs `permit_type.lot.group`."""
    limits, held = limits_of(window), list[Permit]()
    if limits:
        User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)  # who buys in two lots at once
        held = held_by(user, replaces=replaces)
    reason = next(limits_against(window, period, limits=limits, held=held, step=step), None)
    if reason is not None:
        raise reason.refusal()


def limits_against(
    window: SalesWindow, period: Period, *, limits: Iterable[Limit], held: Iterable[Permit], step: Step | None
) -> Iterator[Reason]:
    """Every limit that one more permit for the period would break, the household's first; asks the database nothing."""
    most = window.permit_type.household_most
    if step is not None and most is not None and step.n > most:
        yield _household_full(window, step.n - 1)
    then = [permit for permit in held if permit.valid_from < period.end and permit.valid_before > period.start]
    for limit in limits:
        counted = [permit for permit in then if limit.counts(permit)]
        if len(counted) >= limit.most:
            yield _one_too_many(limit, counted[0])


def held_by(user: User, *, replaces: Permit | None = None) -> list[Permit]:
    """The standard permits that count for a person, but for one that is to be replaced."""
    theirs = Permit.objects.for_user(user).filter(state__in=Permit.UNRELEASED, starts_at=None)
    theirs = theirs.exclude(state=Permit.State.HELD, replaces__isnull=False)
    if replaces is not None:
        theirs = theirs.exclude(pk=replaces.pk)
    return list(theirs.select_related("lot").order_by("valid_from", "pk"))


def limits_of(window: SalesWindow) -> list[Limit]:
    """Each limit of a person that is set for what the window sells. That it sells one alone is told by that one."""
    lot, limits = window.permit_type.lot, list[Limit]()
    if (most := window.permit_type.per_window) > 1:
        rule = ngettext(
            "The office sells a person %(n)s permit for this time.",
            "The office sells a person %(n)s permits for this time.",
            most,
        )
        limits.append(Limit(most, lambda permit: permit.window_id == window.pk, rule % {"n": most}, window.permit_type))
    if (in_lot := lot.per_person) is not None:
        rule = ngettext(
            "A person may hold %(n)s permit in this lot at a time.",
            "A person may hold %(n)s permits in this lot at a time.",
            in_lot,
        )
        limits.append(Limit(in_lot, lambda permit: permit.lot_id == lot.pk, rule % {"n": in_lot}, lot))
    if lot.group is not None and (in_group := lot.group.per_person) is not None:
        rule = ngettext(
            "A person may hold %(n)s permit in this group of lots at a time.",
            "A person may hold %(n)s permits in this group of lots at a time.",
            in_group,
        )
        limits.append(
            Limit(in_group, lambda permit: permit.lot.group_id == lot.group_id, rule % {"n": in_group}, lot.group)
        )
    if (in_all := office().permits_per_person) is not None:
        rule = ngettext(
            "A person may hold %(n)s permit at a time.", "A person may hold %(n)s permits at a time.", in_all
        )
        limits.append(Limit(in_all, lambda permit: True, rule % {"n": in_all}, office()))
    return limits


def _one_too_many(limit: Limit, permit: Permit) -> Reason:
    about = {
        "rule": limit.rule,
        "number": permit.number,
        "lot": permit.lot.name,
        "day": date_format(permit.last_day),
    }
    return Reason(
        "one-too-many",
        _("%(rule)s The person has %(number)s, %(lot)s, until %(day)s.") % about,
        _("Raise “permits of one person”, or wait until that permit ends."),
        _("%(rule)s You have %(number)s, %(lot)s, until %(day)s. Cancel it first if you want this one instead.")
        % about,
        limit.row,
    )


def _household_full(window: SalesWindow, n: int) -> Reason:
    return Reason(
        "household-full",
        _("The person's household has %(n)s of the permits that count, the most of a household.") % {"n": n},
        _("Raise “most of a household” at the permit type, or look who is in the household."),
        ngettext(
            "Your household has %(n)s permit already, the most that the office gives it here.",
            "Your household has %(n)s permits already, the most that the office gives it here.",
            n,
        )
        % {"n": n},
        window.permit_type,
    )
