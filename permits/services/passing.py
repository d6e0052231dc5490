"""The office passes a permit on to another person, or swaps the places of two people.

What each had ends, and whoever takes the place gets a permit of their own for the rest of its days: what was had, paid and printed
before stays told as it was. No money moves: what was paid stays with whoever paid it, and the new permits cost nothing.
Lock order: lots, permits, persons, each by key.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import Period, today
from opscom.lib.money import ZERO
from opscom.lib.states import change_state
from permits import emails
from permits.errors import PermitRefused
from permits.models import Lot, Permit, PermitTerm, SalesWindow
from permits.services.activation import activate_permit
from permits.services.conflicts import lock_person
from permits.services.creation import PASSED_ON, create_permit
from permits.services.households import lock_households, steps_of
from permits.services.limits import check_limits
from permits.services.plates import check_number
from permits.services.tags import drop_tags_of
from vehicles.models import Vehicle


@transaction.atomic
def pass_on(
    permit: Permit, *, to: User, vehicles: Sequence[Vehicle], reason: str, by: User, at: datetime | None = None
) -> Permit:
    """From now on the place is that person's, for these vehicles of theirs. Both are told. PermitRefused."""
    at = at or timezone.now()
    _check_hand(by, to.pk)
    (old,) = _lock([permit.pk], at)
    if to.pk == old.holder_id:
        raise PermitRefused(_("This person has the permit already."), code="same-person")
    _lock_takers([old], [to])
    _end(old, reason=reason, by=by, at=at)
    new = _begin(old, to, vehicles, reason=reason, by=by, at=at)
    emails.send_permit_passed_on(old)
    emails.send_permit_exchanged(new, None)
    return new


@transaction.atomic
def swap(one: Permit, other: Permit, *, reason: str, by: User, at: datetime | None = None) -> tuple[Permit, Permit]:
    """Each of the two people has the other's place from now on, with the plates of their own permit. Both are told. Answers what
    came in the place of `one` and of `other`. PermitRefused."""
    at = at or timezone.now()
    _check_hand(by, one.holder_id, other.holder_id)
    if one.holder_id == other.holder_id:
        raise PermitRefused(_("Both permits are of the same person."), code="same-person")
    locked = {permit.pk: permit for permit in _lock(sorted([one.pk, other.pk]), at)}
    olds = [locked[one.pk], locked[other.pk]]
    plates = [[link.vehicle for link in old.plates.filter(courtesy=False).select_related("vehicle")] for old in olds]
    _lock_takers(olds, [old.holder for old in olds])
    for old in olds:
        _end(old, reason=reason, by=by, at=at)
    first = _begin(olds[0], olds[1].holder, plates[1], reason=reason, by=by, at=at)
    second = _begin(olds[1], olds[0].holder, plates[0], reason=reason, by=by, at=at)
    emails.send_permit_exchanged(first, olds[1])
    emails.send_permit_exchanged(second, olds[0])
    return first, second


def _check_hand(by: User, *takers: int) -> None:
    """PermitRefused for staff who would give themselves a place."""
    if by.pk in takers:
        raise PermitRefused(_("You would get this place yourself. Somebody else must do it."), code="own")


def _lock(permits: list[int], at: datetime) -> list[Permit]:
    """The permits, after their lots. PermitRefused where one of them cannot be passed on."""
    list(Lot.objects.select_for_update(of=("self",)).filter(permits__in=permits).order_by("pk"))
    rows = Permit.objects.select_for_update(of=("self",)).filter(pk__in=permits)
    found = list(rows.select_related("holder", "stock", "window__permit_type__lot__group").order_by("pk"))
    for permit in found:
        _check(permit, at)
    return found


def _lock_takers(olds: Sequence[Permit], takers: Sequence[User]) -> None:
    """Who gets a place, and where a household's permits count, everybody who lives with them: at once, so that no two wait for
    each other."""
    if any(old.window and old.window.permit_type.household_counts for old in olds):
        lock_households(takers)
    else:
        for pk in sorted(taker.pk for taker in takers):
            lock_person(pk)


def _check(permit: Permit, at: datetime) -> None:
    said = {"number": permit.number}
    if permit.state != Permit.State.ACTIVE or permit.window is None or permit.is_over(at):
        raise PermitRefused(
            _("Permit %(number)s is not a paid one of a sales window that has not ended.") % said, code="over"
        )
    if permit.provisional_before is not None:
        raise PermitRefused(
            _("The form of permit %(number)s is not approved yet. Decide on it first.") % said, code="review"
        )
    if permit.terms.filter(state=PermitTerm.State.DUE).exists():
        raise PermitRefused(
            _("The next month of permit %(number)s is owed. Turn Permit Rollover off first.") % said, code="rollover"
        )
    if permit.replacements.filter(state=Permit.State.HELD).exists():
        raise PermitRefused(
            _("An exchange of permit %(number)s waits for its payment. Wait for it, or release it first.") % said,
            code="exchange",
        )
    if permit.renewals.filter(state__in=Permit.UNRELEASED).exists():
        raise PermitRefused(
            _("Permit %(number)s was renewed. Cancel or pass on the one that follows it first.") % said, code="renewed"
        )


def _end(old: Permit, *, reason: str, by: User, at: datetime) -> None:
    change_state(old, "cancel", by=by, at=at, reason=f"{PASSED_ON}: {reason}"[:250])
    drop_tags_of(old, by=by, at=at)


def _begin(old: Permit, to: User, vehicles: Sequence[Vehicle], *, reason: str, by: User, at: datetime) -> Permit:
    """The rest of the place for that person, who may have it like anybody who buys it."""
    window = old.window
    assert window is not None  # looked at with the permit locked  # noqa: S101
    lot, period = window.permit_type.lot, Period(max(old.valid_from, today(at)), old.valid_before)
    theirs = SalesWindow.objects.for_type(to.user_type_id).filter(permit_type__lot__in=Lot.objects.for_type_of(to))
    if not to.is_active or not theirs.filter(pk=window.pk).exists():
        raise PermitRefused(
            _("%(lot)s is not for people of the user type of %(person)s.")
            % {"lot": f"{lot.name}, {window}", "person": to.get_full_name()},
            code="not-for-you",
        )
    _check_vehicles(to, vehicles)
    mine = Permit.objects.for_user(to).filter(window=window, state__in=Permit.UNRELEASED)
    if mine.count() >= window.permit_type.per_window:
        raise PermitRefused(
            _("%(person)s has as many permits of this sales window as one person may.")
            % {"person": to.get_full_name()},
            code="has-one",
        )
    step = steps_of([window], to, at, period=period).get(window.pk)
    check_limits(to, window, period=period, step=step)
    new = create_permit(
        to,
        permit_type=window.permit_type,
        window=window,
        vehicles=vehicles,
        period=period,
        amount=ZERO,
        step=step.n if step else None,
        held_until=at,
        at=at,
        instead_of=old,
    )
    activate_permit(new, by=by, at=at, reason=f"{PASSED_ON}: {reason}"[:250])
    return new


def _check_vehicles(to: User, vehicles: Sequence[Vehicle]) -> None:
    check_number(len(vehicles))
    active = to.vehicle_links.filter(active=True, vehicle__in=vehicles).count()
    if not vehicles or active != len(vehicles):
        raise PermitRefused(
            _("Choose active vehicles of %(person)s.") % {"person": to.get_full_name()}, code="not-your-vehicle"
        )
