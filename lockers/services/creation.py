"""Write a new term, and what is owed for it."""

from datetime import datetime
from decimal import Decimal

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from accounts.models import User
from lockers.errors import LockerRefused, LockerTaken
from lockers.models import Locker, LockerTerm, LockerTermEvent, LockerWindow
from opscom.lib.dates import Period
from opscom.lib.office import office
from opscom.lib.states import change_state
from payments.models import Charge
from payments.services.charges import create_charge

KIND = "locker"


def lock_locker(pk: int) -> Locker:
    """The locker, locked: whoever wants it waits here."""
    return Locker.objects.select_for_update(of=("self",)).select_related("site").get(pk=pk)


def check_free(locker: Locker, period: Period, *, but: LockerTerm | None = None) -> None:
    """LockerTaken where a term takes the locked locker on a day of that period; `but` is not counted."""
    taken = LockerTerm.objects.filter(locker=locker).taking(period).but(but)
    if taken.exists():
        raise LockerTaken(_("Locker %(number)s went a moment ago. Choose another number.") % {"number": locker.number})


def check_number(user: User, period: Period, *, but: LockerTerm | None = None) -> None:
    """LockerRefused where the person has as many lockers as the office allows. The person's row is locked, because two
    lockers that are reserved at once have no other row in common."""
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    most = office().lockers_per_person
    if LockerTerm.objects.for_user(user).taking(period).but(but).count() >= most:
        raise LockerRefused(
            ngettext(
                "You have a locker in these days already: %(n)s is the most for one person. Give it back or switch it first.",
                "You have %(n)s lockers in these days already: that is the most for one person. Give one back first.",
                most,
            )
            % {"n": most},
            code="too-many",
        )


def create_term(
    user: User,
    *,
    locker: Locker,
    period: Period,
    amount: Decimal,
    held_until: datetime | None,
    at: datetime,
    by: User,
    window: LockerWindow | None = None,
    replaces: LockerTerm | None = None,
    reason: str = "",
) -> LockerTerm:
    """A hold of that locker with what is owed for it, or, where nothing is, a term that holds at once. The caller has
    locked the locker and found it free."""
    term = LockerTerm(
        locker=locker,
        user=user,
        window=window,
        starts_on=period.start,
        ends_before=period.end,
        state=LockerTerm.State.HELD,
        replaces=replaces,
        given_at=at,
    )
    if not amount:
        change_state(term, "activate", by=by, at=at, reason=reason)
        return term
    term.held_until = held_until
    term.charge = _charge(term, amount, at)
    term.save()
    LockerTermEvent.objects.create(term=term, at=at, by=by, to_state=term.state, reason=reason)
    return term


def _charge(term: LockerTerm, amount: Decimal, at: datetime) -> Charge:
    """What is owed for it, in the words of whoever pays."""
    with override(term.user.language):
        return create_charge(
            KIND,
            amount=amount,
            payer=term.user,
            description=_("Locker %(name)s") % {"name": term.locker},
            detail=_("%(first)s to %(last)s")
            % {"first": date_format(term.starts_on), "last": date_format(term.last_day)},
            link=reverse("lockers:detail", args=[term.code]),
            held_until=term.held_until,
            at=at,
        )
