"""Hand out printed permits: each a numbered copy, once or as often as the office lets people print (PRN-1 to PRN-4)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.office import office
from permits import emails
from permits.errors import PermitRefused
from permits.models import Lot, Permit, PermitCopy, PermitType, PrintBatch, Reprint
from permits.pdf import permit_pdf
from permits.services.fees import Fee, charge_fee
from permits.services.numbers import lose_number

AGAIN = timedelta(minutes=2)
TRIES = 5


@dataclass(frozen=True)
class Printing:
    """How a permit stands with its copies, newest first. `spent`: it was printed as it is now, and printing happens once."""

    copies: list[PermitCopy]
    reprints: list[Reprint]
    spent: bool

    @property
    def next_number(self) -> int:
        """The number of the copy that is printed next."""
        return max((copy.number for copy in self.copies), default=0) + 1

    @property
    def lost_through(self) -> int:
        """The last copy that is no longer good; -1 where all are."""
        return max((reprint.through for reprint in self.reprints if reprint.cancels), default=-1)

    @property
    def newest(self) -> PermitCopy | None:
        """The copy that was printed last."""
        return self.copies[0] if self.copies else None

    @property
    def losable(self) -> bool:
        """There is a copy that is still good."""
        return bool(self.newest and self.newest.number > self.lost_through)


def standing_of(permit: Permit, *, shows: str = "") -> Printing:
    """How it stands with what it shows now, or with a sheet of that digest."""
    copies = list(permit.copies.order_by("-number"))
    reprints = list(permit.reprints.order_by("-pk")) if copies else []
    settled = max((reprint.through for reprint in reprints), default=-1)
    shown = shows or digest_of(permit)
    spent = office().print_once and any(copy.number > settled and copy.shows == shown for copy in copies)
    return Printing(copies, reprints, spent)


def digest_of(permit: Permit) -> str:
    """Of all that a sheet says about the permit: where, when, and for which plates."""
    prefetch_related_objects([permit], "plates__vehicle")
    plates = sorted((link.vehicle.plate, link.vehicle.region) for link in permit.plates.all() if not link.courtesy)
    period = permit.period
    said = (permit.number, permit.lot_id, permit.permit_type_id, str(period.start), str(period.end), plates)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def layouts_of(permit_type: PermitType) -> list[PermitType.Layout]:
    """What its holder may choose from; the usual one comes first."""
    usual = PermitType.Layout(permit_type.layout)
    others = [layout for layout in PermitType.Layout if layout != usual] if permit_type.layout_choice else []
    return [usual, *others]


def print_permit(
    permit: Permit, *, by: User, language: str, layout: str = "", at: datetime | None = None
) -> tuple[PermitCopy, bytes]:
    """The next copy as a PDF, written into the print log; needs `permit_type`. Where printing happens once, the same asked
    again by the same person within two minutes (a second click, a download that broke off) answers the same copy.
    PermitRefused while it is not paid, or once it is printed."""
    at = at or timezone.now()
    if not permit.permit_type.print_at_home:
        raise PermitRefused(
            _("The office makes the hang tag of this permit. Its page shows where it stands."), code="tag"
        )
    layouts = layouts_of(permit.permit_type)
    chosen = PermitType.Layout(layout) if layout in layouts else layouts[0]
    copy = PermitCopy(permit=permit, at=at, by=by, layout=chosen, language=language)
    return _hand_out(copy, freely=False)


def print_for_office(permit: Permit, *, batch: PrintBatch, at: datetime) -> tuple[PermitCopy, bytes]:
    """The next copy for a batch of the office, however often it was printed; the one that the batch gave it already where a
    worker died before it had stored the sheet. Needs `permit_type` and `holder`."""
    given = PermitCopy.objects.filter(permit=permit, batch=batch).first()
    if given:
        return given, permit_pdf(permit, language=given.language, layout=given.layout, copy=given.number)
    layout = batch.layout or permit.permit_type.layout
    copy = PermitCopy(permit=permit, at=at, by=batch.by, layout=layout, language=permit.holder.language, batch=batch)
    return _hand_out(copy, freely=True)


def _hand_out(copy: PermitCopy, *, freely: bool) -> tuple[PermitCopy, bytes]:
    """Draw first, outside of any transaction, then write it down; anew where another copy came between."""
    for _try in range(TRIES):
        copy.shows = digest_of(copy.permit)
        copy.number = _number_for(copy, copy.permit, freely=freely)[0]
        pdf = permit_pdf(copy.permit, language=copy.language, layout=copy.layout, copy=copy.number)
        if _write_down(copy, freely=freely):
            return copy, pdf
    raise PermitRefused(_("Somebody else prints this permit at the same time. Try again in a moment."), code="busy")


@transaction.atomic
def _write_down(copy: PermitCopy, *, freely: bool) -> bool:
    """Into the print log, unless the number is no longer the one to give."""
    permit = Permit.objects.select_for_update(of=("self",)).get(pk=copy.permit.pk)
    number, new = _number_for(copy, permit, freely=freely)
    if number != copy.number:
        return False
    if new:
        copy.save()
        Permit.objects.filter(pk=permit.pk).update(printed_at=copy.at)
    return True


def _number_for(copy: PermitCopy, permit: Permit, *, freely: bool) -> tuple[int, bool]:
    """The number that the sheet will carry, and whether it is a new one. PermitRefused where none may be printed."""
    if permit.state != Permit.State.ACTIVE:
        raise PermitRefused(
            _("Permit %(number)s is not paid, so there is nothing to print yet. Payments shows what is owed.")
            % {"number": permit.number},
            code="not-paid",
        )
    if permit.provisional_before is not None:
        raise PermitRefused(
            _("Permit %(number)s is printed once the office has approved its form. Plate checks know it already.")
            % {"number": permit.number},
            code="review",
        )
    standing = standing_of(permit, shows=copy.shows)
    if freely or not standing.spent:
        return standing.next_number, True
    newest = standing.copies[0]
    asked = (copy.by_id, copy.layout, copy.language)
    if (newest.by_id, newest.layout, newest.language) == asked and newest.at > copy.at - AGAIN:
        return newest.number, False
    raise PermitRefused(
        _("Permit %(number)s was printed on %(moment)s, and it prints once. Lost it? Report it, then print a new copy.")
        % {"number": permit.number, "moment": date_format(timezone.localtime(newest.at), "DATETIME_FORMAT")},
        code="printed",
    )


@transaction.atomic
def report_lost(
    permit: Permit, *, kind: Reprint.Kind, by: User, reason: str = "", at: datetime | None = None
) -> Reprint:
    """Every copy so far is no longer good, nor is a number from stock, and one more may be printed, for the office's fee; of a
    theft the office hears. PermitRefused where there is no good copy."""
    at = at or timezone.now()
    if permit.stock_id:
        Lot.objects.select_for_update(of=("self",)).get(permits=permit)
    permit = Permit.objects.select_for_update(of=("self",)).select_related("lot", "holder").get(pk=permit.pk)
    standing = standing_of(permit)
    if standing.newest is None or not standing.losable:
        raise PermitRefused(
            _("No good copy of permit %(number)s is out. Use Print to get a new one.") % {"number": permit.number},
            code="nothing-out",
        )
    report = Reprint.objects.create(
        permit=permit, kind=kind, through=standing.newest.number, by=by, reason=reason, at=at
    )
    lose_number(permit, condition=kind, by=by, at=at)
    charge_fee(permit, Fee.COPY, amount=office().copy_fee, at=at)
    if kind == Reprint.Kind.STOLEN:
        emails.send_permit_stolen(report)
    return report


@transaction.atomic
def allow_reprint(permit: Permit, *, by: User, reason: str, at: datetime | None = None) -> Reprint:
    """The office lets the holder print one more; the copies that are out stay good. PermitRefused where the holder may print
    anyway."""
    permit = Permit.objects.select_for_update(of=("self",)).get(pk=permit.pk)
    standing = standing_of(permit)
    if standing.newest is None or not standing.spent:
        raise PermitRefused(
            _("Permit %(number)s can be printed already. The holder finds Print on its page.")
            % {"number": permit.number},
            code="not-needed",
        )
    return Reprint.objects.create(
        permit=permit,
        kind=Reprint.Kind.OFFICE,
        through=standing.newest.number,
        by=by,
        reason=reason,
        at=at or timezone.now(),
    )
