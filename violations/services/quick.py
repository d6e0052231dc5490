"""A ticket from an officer's phone: doubted where something speaks against it, written once however often it is sent."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.office import office
from opscom.templatetags.portal import spaced_plate
from permits.models import Lot, PermitVehicle
from permits.services.plate_check import Answer
from vehicles.plates import normalise_plate, spellings_of
from violations.errors import TicketDoubted, ViolationRefused
from violations.models import ExemptPlate, Violation, ViolationPhoto
from violations.services.issue import issue_violation
from violations.services.photos import store_photo
from violations.services.towing import add_towing_once

MOST_TWINS = 3


def write_quickly(
    violation: Violation,
    *,
    key: UUID,
    photos: Sequence[bytes],
    by: User,
    warning: bool,
    sure: bool,
    towing: Decimal | None = None,
) -> Violation:
    """The ticket that this key names, written now or before. `photos` as `encode_photo` makes them; those that an earlier
    try did not bring are added, and so is the towing charge, once. TicketDoubted unless `sure`."""
    written, twins = _known(violation, key, by)
    if written is None:
        if not sure and (doubts := doubts_about(violation, twins)):
            raise TicketDoubted(doubts)
        violation.client_key, violation.officer = key, by
        written = _write_once(violation, key, by=by, warning=warning)
    _add_missing(written, photos, key)
    if towing:
        add_towing_once(written, amount=towing, by=by)
    return written


def doubts_about(violation: Violation, twins: Iterable[Violation]) -> list[str]:
    """Why this ticket should perhaps not be written: the plate is spared, or has one for the same."""
    spared = spared_because(violation.plate, region=violation.plate_region, lot=violation.lot, at=violation.issued_at)
    return [*spared, *(_about(twin, violation.plate) for twin in twins)]


def _about(twin: Violation, plate: str) -> str:
    if twin.plate == plate:
        text = _("Ticket %(number)s of %(moment)s is for the same plate, offence and lot.")
    else:
        text = _(
            "Ticket %(number)s of %(moment)s is for %(plate)s, which looks alike, and for the same offence and lot. Look at the "
            "plate again."
        )
    moment = date_format(localtime(twin.issued_at), "DATETIME_FORMAT")
    return text % {"number": twin.number, "moment": moment, "plate": spaced_plate(twin.plate)}


def spared_because(plate: str, *, region: str, lot: Lot | None, at: datetime) -> list[str]:
    """The reasons for which this plate gets no ticket."""
    plate = normalise_plate(plate)
    found = ExemptPlate.objects.holding(plate, region=region, lot=lot, day=today(at))
    return [
        _("Do not ticket this plate: %(reason)s") % {"reason": exempt.reason}
        if exempt.plate == plate
        else _("Do not ticket %(plate)s, which looks alike: %(reason)s")
        % {"plate": spaced_plate(exempt.plate), "reason": exempt.reason}
        for exempt in found
    ]


def twins_of(violation: Violation) -> list[Violation]:
    """Tickets for the same within the office's hours, the newest first."""
    return list(Violation.objects.filter(_like(violation))[:MOST_TWINS])


def _like(violation: Violation) -> Q:
    hours = timedelta(hours=office().duplicate_ticket_hours)
    if not violation.plate or not hours:
        return Q(pk__in=())
    near = (violation.issued_at - hours, violation.issued_at + hours)
    place = {"offence": violation.offence, "lot": violation.lot}
    same = Q(
        plate__in=spellings_of(violation.plate), plate_region=violation.plate_region, issued_at__range=near, **place
    )
    return same & ~Q(state=Violation.State.VOID)


def courtesy_of(answer: Answer) -> str:
    """Says so where the plate is covered as a courtesy car."""
    if answer.permit is None:
        return ""
    links = PermitVehicle.every.filter(permit=answer.permit, vehicle__plate=answer.plate)
    link = links.courtesies().in_force(answer.at).first()
    if link is None or link.until_at is None:
        return ""
    day = today(link.until_at - timedelta(microseconds=1))
    return _("%(plate)s is a courtesy car on this permit through %(day)s.") % {
        "plate": spaced_plate(answer.plate),
        "day": date_format(day, "DATE_FORMAT"),
    }


def _known(violation: Violation, key: UUID, by: User) -> tuple[Violation | None, list[Violation]]:
    """What was written with this key, and the newest tickets for the same; one query."""
    found = list(Violation.objects.filter(Q(client_key=key) | _like(violation)))
    written = next((one for one in found if one.client_key == key), None)
    if written is not None and written.officer_id != by.pk:
        raise ViolationRefused(
            _("Another officer has sent this ticket already. Reload the page, then write yours anew.")
        )
    return written, found[:MOST_TWINS]


def _write_once(violation: Violation, key: UUID, *, by: User, warning: bool) -> Violation:
    try:
        return issue_violation(violation, by=by, warning=warning)
    except IntegrityError:
        written, _twins = _known(violation, key, by)  # the same ticket came in by another try meanwhile
        if written is None:
            raise
        return written


def _add_missing(violation: Violation, photos: Sequence[bytes], key: UUID) -> None:
    """A photo's name comes from the key and its place, so a repeated try knows what is there."""
    if not photos:
        return
    there = set(violation.photos.values_list("code", flat=True))
    for place, content in enumerate(photos):
        digest = hashlib.sha256(key.bytes + bytes([place])).digest()
        code = base64.b32encode(digest).decode()[:20]
        if code not in there:
            store_photo(ViolationPhoto(violation=violation, code=code), content)
