"""Renew a permit while it still runs: the new one begins on the day after the old one ends, so that no day is lost or paid
twice. It is reserved as every permit is (`reserve.reserve_permit`); here is which permit goes on, and from when."""

from datetime import date, datetime

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, FilteredRelation, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from opscom.lib.dates import Period, today
from permits.errors import PermitRefused
from permits.models import Lot, Permit, SalesWindow, WindowPrice
from permits.models.sale import SalesWindowQuerySet
from permits.services.quotes import rest_of


def period_after(ends: date | None, window: SalesWindow, day: date) -> Period:
    """The days of a permit of that window: from the end of the one before it on, where there is one."""
    period = rest_of(window, day)
    return Period(max(period.start, ends), period.end) if ends else period


def with_renewal(permits: QuerySet[Permit], at: datetime, day: date) -> QuerySet[Permit]:
    """Each with the permit that follows it, and with whether it can be renewed at that moment, which is on that day."""
    renewable = Q(
        state=Permit.State.ACTIVE, valid_before__gt=day, window__isnull=False, rollover=False, next__isnull=True
    )
    on_sale = _on_sale(at, day).for_type(OuterRef(OuterRef("holder__user_type")))
    later = on_sale.filter(permit_type=OuterRef("permit_type"), valid_before__gt=OuterRef("valid_before"))
    return with_next(permits).annotate(
        can_renew=ExpressionWrapper(renewable & Q(Exists(later)), output_field=BooleanField())
    )


def with_next(permits: QuerySet[Permit]) -> QuerySet[Permit]:
    """Each with the permit that follows it: `next_code`, `next_number`, `next_state`."""
    following = FilteredRelation("renewals", condition=Q(renewals__state__in=Permit.UNRELEASED))
    return permits.annotate(next=following).annotate(  # one at most: the constraint permit_one_renewal
        **{f"next_{name}": F(f"next__{name}") for name in ("code", "number", "state")}
    )


def windows_after(permit: Permit, *, at: datetime) -> QuerySet[SalesWindow]:
    """The windows on sale that go on from the permit, the next one first, where its holder may buy."""
    return windows_following(*followed(permit), at, today(at))


def followed(permit: Permit) -> tuple[int, int | None, date, int | None]:
    """What of a permit says which windows go on from it: type, own window, end, and its holder's user type."""
    return permit.permit_type_id, permit.window_id, permit.valid_before, permit.holder.user_type_id


def windows_following(
    permit_type: int, window: int | None, ends: date, user_type: int | None, at: datetime, day: date
) -> QuerySet[SalesWindow]:
    """The same for what a permit says (`followed`), at that moment of the day."""
    later = _on_sale(at, day).filter(permit_type=permit_type, valid_before__gt=ends)
    found = (
        later.for_type(user_type).filter(permit_type__lot__in=Lot.objects.open_to_type(user_type)).exclude(Q(pk=window))
    )
    return found.select_related("permit_type__lot").order_by("valid_from", "pk")


def lock_renewed(permit: Permit, window: SalesWindow, *, at: datetime) -> Period:
    """The days of the permit that follows this one, which is locked and looked at again. PermitRefused."""
    locked = with_next(Permit.objects.select_for_update(of=("self",))).get(pk=permit.pk)
    if number := locked.next_number:  # type: ignore[attr-defined]
        raise PermitRefused(
            _("You renewed this permit already: %(number)s follows it.") % {"number": number}, code="renewed"
        )
    fits = locked.permit_type_id == window.permit_type_id and locked.valid_before < window.valid_before
    if not fits or not locked.can_go_on(at):
        raise PermitRefused(
            _("Only a paid permit that has not ended, and does not renew itself, can be renewed."), code="not-renewable"
        )
    return period_after(locked.valid_before, window, today(at))


def _on_sale(at: datetime, day: date) -> SalesWindowQuerySet:
    """Windows that sell at that moment of the day, at a price."""
    priced = WindowPrice.objects.filter(window=OuterRef("pk"), from_day__lte=day)
    return SalesWindow.objects.filter(
        Exists(priced), active=True, permit_type__active=True, sale_starts__lte=at, sale_ends__gt=at
    )
