"""What a lot sells to a person, and every reason against it: the office's answer to “why can I not buy this?”."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from forms_module.models import Submission
from opscom.lib.dates import today
from opscom.lib.office import office
from payments.models import Charge
from permits.capacity import occupancies
from permits.models import Lot, PermitBan, PermitType, PermitVehicle, SalesWindow
from permits.models.sale import sold_to
from permits.services.bans import ban_words
from permits.services.conflicts import (
    debt_code,
    debt_of,
    debt_words,
    in_the_way,
    kept_plates,
)
from permits.services.limits import held_by, limits_against, limits_of
from permits.services.needed_forms import form_words, provisional_permits
from permits.services.needed_permits import other_words, with_other
from permits.services.sale import Asked, Reason, reasons_against
from permits.services.shelves import shelves_for, with_own

LOOK_BACK = timedelta(days=60)  # windows that ended before are of no interest any more


@dataclass(frozen=True)
class Sold:
    """One window of a permit type, and why it is not sold: empty where it is. A type may have no window."""

    permit_type: PermitType
    window: SalesWindow | None
    reasons: list[Reason]


@dataclass(frozen=True)
class Standing:
    """What stands against everything in the lot, what against each window, and what is well to know."""

    reasons: list[Reason]
    sold: list[Sold]
    notes: list[Reason] = field(default_factory=list)

    @property
    def on_sale(self) -> bool:
        """The person can buy something here now."""
        return not self.reasons and any(not sold.reasons for sold in self.sold)


def explain_sale(user: User, lot: Lot, *, at: datetime | None = None) -> Standing:
    """Every reason, in as many queries however much the lot sells. The person's session is not known, so a password is always
    a reason."""
    at = at or timezone.now()
    for_type, ban = _known_of(user, lot, at)
    facts: dict[str, Any] = {
        "user": user,
        "lot": lot,
        "at": at,
        "for_type": for_type,
        "owned": set(user.vehicle_links.filter(active=True).values_list("vehicle", flat=True)),
        "has_agreed": user.permit_disclaimer_at is not None or not office().permit_disclaimer,
    }
    whole = [*reasons_against(Asked(**facts)), *_banned(ban), *_indebted(debt_of(user, at=at))]
    known = {reason.code for reason in whole}
    sold = list(_sold(user, lot, at, facts, known))
    if not sold:
        whole.insert(0, _nothing_sold(lot))
    return Standing(whole, sold, list(_notes(lot)))


def _sold(user: User, lot: Lot, at: datetime, facts: dict[str, Any], known: set[str]) -> Iterator[Sold]:
    types, without_form = _types(user, lot)
    recent = SalesWindow.objects.filter(permit_type__in=types, valid_before__gt=today(at - LOOK_BACK))
    first = Greatest(OuterRef(OuterRef("valid_from")), today(at))
    allowed = PermitType.objects.filter(with_other(user, first), pk=OuterRef("permit_type"))
    recent = recent.annotate(window_for_type=sold_to(user.user_type_id), with_other=Exists(allowed))
    shelves = shelves_for(user, with_own(recent, user, at, today(at)), at)
    for permit_type in types.values():
        permit_type.lot = lot
    for shelf in shelves:
        shelf.window.permit_type = types[shelf.window.permit_type_id]
    full = occupancies([(shelf.window.permit_type, shelf.period) for shelf in shelves], at)
    limits = {shelf.window.pk: limits_of(shelf.window) for shelf in shelves}
    held = held_by(user) if any(limits.values()) else []
    plates = kept_plates(user.pk, facts["owned"]) if shelves else []
    for shelf in shelves:
        window, permit_type = shelf.window, shelf.window.permit_type
        asked = Asked(
            **facts,
            permit_type=permit_type,
            window=window,
            window_for_type=window.window_for_type,  # type: ignore[attr-defined]
            has_price=shelf.price is not None,
            occupancy=full[permit_type, shelf.period],
            queued=shelf.queued,
            permit="" if shelf.another else shelf.own[0].number,
        )
        limited = limits_against(window, shelf.period, limits=limits[window.pk], held=held, step=shelf.step)
        met = [] if asked.permit else list(in_the_way(plates, lot.pk, shelf.period))
        told = (
            *reasons_against(asked),
            *limited,
            *_no_plate(met, facts["owned"]),
            *(_no_form(permit_type) if permit_type.pk in without_form else ()),
            *(() if window.with_other else _no_other(permit_type)),  # type: ignore[attr-defined]
        )
        found = [reason for reason in told if reason.code not in known]
        yield Sold(permit_type, window, found)
    for permit_type in types.values():
        if permit_type.kind == PermitType.Kind.STANDARD and permit_type.pk not in {
            shelf.window.permit_type_id for shelf in shelves
        }:
            against = reasons_against(Asked(**facts, permit_type=permit_type))
            off = [reason for reason in against if reason.code not in known]
            yield Sold(permit_type, None, [*off, _no_window(permit_type)])


def _known_of(user: User, lot: Lot, at: datetime) -> tuple[bool, PermitBan | None]:
    """Whether the lot sells to the person's type, and what keeps the person from permits. One query where nothing does."""
    own = Lot.objects.for_type_of(user).filter(pk=OuterRef("pk"))
    bans = PermitBan.objects.filter(user=user).in_force(at).values("pk")
    found = Lot.objects.filter(pk=lot.pk).annotate(own=Exists(own), ban=Subquery(bans[:1])).values("own", "ban").get()
    return found["own"], PermitBan.objects.get(pk=found["ban"]) if found["ban"] else None


def _banned(ban: PermitBan | None) -> Iterator[Reason]:
    if ban is not None:
        yield Reason(
            "banned",
            _("The person has lost the privileges: %(reason)s") % {"reason": ban.reason},
            _("Wait until they end, or lift them."),
            ban_words(ban),
            ban,
        )


def _indebted(debt: Charge | None) -> Iterator[Reason]:
    if debt is not None:
        at_agency = debt.in_collections
        yield Reason(
            debt_code(debt),
            (_("%(what)s is at a collection agency.") if at_agency else _("%(what)s is not paid."))
            % {"what": debt.description},
            _("The person pays it. Which debts stand in the way is set in System settings."),
            debt_words(debt),
            debt,
        )


def _no_plate(met: list[PermitVehicle], owned: set[int]) -> Iterator[Reason]:
    """Where each vehicle of the person has a permit of some of these days (RULES 17)."""
    if owned and {plate.vehicle_id for plate in met} == owned:
        permit = met[0].permit
        yield Reason(
            "same-plate",
            _("Every active vehicle of the person has a permit at that time already: %(number)s (%(lot)s).")
            % {"number": permit.number, "lot": permit.lot.name},
            _("The person chooses another vehicle, exchanges that permit, or cancels it first."),
            "",
            permit,
        )


def _types(user: User, lot: Lot) -> tuple[dict[int, PermitType], set[int]]:
    """What the lot sells, and what of it needs a form of which the office has approved none of this person's, nor lets them have
    it while it is reviewed. One query."""
    mine = Submission.objects.for_user(user).filter(form=OuterRef("needs_form"))
    rows = lot.permit_types.select_related("needs_form", "needs_group").annotate(
        approved=Exists(mine.filter(state=Submission.State.APPROVED)),
        reviewed=Exists(mine.filter(state__in=Submission.WAITING)),
        used=Exists(provisional_permits(user).filter(review__form=OuterRef("needs_form"))),
    )
    types: dict[int, PermitType] = {row.pk: row for row in rows}
    return types, {row.pk for row in rows if row.needs_form_id and not (row.approved or _may_wait(row))}


def _may_wait(row: Any) -> bool:
    """The person may have it while the form is reviewed (`needed_forms.review_of`)."""
    return bool(row.sold_in_review and row.reviewed and not row.used)


def _no_form(permit_type: PermitType) -> Iterator[Reason]:
    form = permit_type.needs_form
    if form is not None:
        yield Reason(
            "form",
            _("The office has approved no form “%(form)s” of this person.") % {"form": form},
            _("The person fills it in, and the office approves it."),
            form_words(permit_type, used=permit_type.used),  # type: ignore[attr-defined]
            permit_type,
        )


def _no_other(permit_type: PermitType) -> Iterator[Reason]:
    yield Reason(
        "needs-other",
        _("The person has no paid permit for %(group)s.") % {"group": permit_type.needs_group},
        _("The person gets one of these first, or the permit type asks for none any more."),
        other_words(permit_type),
        permit_type,
    )


def _nothing_sold(lot: Lot) -> Reason:
    return Reason(
        "no-type", _("The lot sells nothing: it has no permit type."), _("Add a permit type to the lot."), "", lot
    )


def _no_window(permit_type: PermitType) -> Reason:
    return Reason(
        "no-window",
        _("The permit type has no sales window, now or to come."),
        _("Add a sales window with its prices."),
        "",
        permit_type,
    )


def _notes(lot: Lot) -> Iterator[Reason]:
    if lot.visibility == Lot.Visibility.DIRECT:
        yield Reason(
            "direct",
            _("The Permits page does not list the lot: it is reached by its link or QR only."),
            _("Give the person the link, or make the lot visible."),
            "",
            lot,
        )
