"""A ticket from an officer's phone: doubted where something speaks against it, written once however often it is sent."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError
from django.db.models import BigIntegerField, DateTimeField, Q, UUIDField, Value
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


class Found(NamedTuple):
    """A ticket, with its number in `words`; or, without a key of a row, why the plate is spared."""

    pk: int | None
    words: str
    plate: str
    at: datetime | None = None
    client_key: UUID | None = None


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
    found = found_before(violation, key=key)
    written = _written(found, key, by)
    if written is None:
        if not sure and (doubts := _doubts(violation.plate, found)):
            raise TicketDoubted(doubts)
        violation.client_key, violation.officer = key, by
        written = _write_once(violation, key, by=by, warning=warning)
    _add_missing(written, photos, key)
    if towing:
        add_towing_once(written, amount=towing, by=by)
    return written


def found_before(violation: Violation, *, key: UUID) -> list[Found]:
    """What was written with this key, tickets for the same within the office's hours, the newest first, and what spares the
    plate; one query."""
    tickets = Violation.objects.filter(Q(client_key=key) | _like(violation)).order_by()
    spared = ExemptPlate.objects.holding(
        violation.plate, region=violation.plate_region, lot=violation.lot, day=today(violation.issued_at)
    ).order_by()
    row, at, sent = (Value(None, output_field=kind()) for kind in (BigIntegerField, DateTimeField, UUIDField))
    rows = tickets.values_list("pk", "number", "plate", "issued_at", "client_key").union(
        spared.values_list(row, "reason", "plate", at, sent), all=True
    )
    found = [Found(*row) for row in rows]
    written = sorted((one for one in found if one.pk), key=lambda one: (one.at, one.pk), reverse=True)
    return [*written, *(one for one in found if not one.pk)]


def _doubts(plate: str, found: Iterable[Found]) -> list[str]:
    """Why this ticket should perhaps not be written: the plate is spared, or has one for the same."""
    twins = [one for one in found if one.pk]
    spared = [_spared(plate, one.plate, one.words) for one in found if not one.pk]
    return [*spared, *(_about(twin, plate) for twin in twins[:MOST_TWINS])]


def _about(twin: Found, plate: str) -> str:
    if twin.plate == plate:
        text = _("Ticket %(number)s of %(moment)s is for the same plate, offence and lot.")
    else:
        text = _(
            "Ticket %(number)s of %(moment)s is for %(plate)s, which looks alike, and for the same offence and lot. Look at the "
            "plate again."
        )
    moment = date_format(localtime(twin.at), "DATETIME_FORMAT")
    return text % {"number": twin.words, "moment": moment, "plate": spaced_plate(twin.plate)}


def spared_because(plate: str, *, region: str, lot: Lot | None, at: datetime) -> list[str]:
    """The reasons for which this plate gets no ticket."""
    plate = normalise_plate(plate)
    found = ExemptPlate.objects.holding(plate, region=region, lot=lot, day=today(at))
    return [_spared(plate, exempt.plate, exempt.reason) for exempt in found]


def _spared(plate: str, exempt: str, reason: str) -> str:
    if exempt == plate:
        return _("Do not ticket this plate: %(reason)s") % {"reason": reason}
    told = {"plate": spaced_plate(exempt), "reason": reason}
    return _("Do not ticket %(plate)s, which looks alike: %(reason)s") % told


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


def _written(found: Iterable[Found], key: UUID, by: User) -> Violation | None:
    """What was written with this key, by the same officer."""
    pk = next((one.pk for one in found if one.client_key == key), None)
    written = Violation.objects.get(pk=pk) if pk else None
    if written is not None and written.officer_id != by.pk:
        raise ViolationRefused(
            _("Another officer has sent this ticket already. Reload the page, then write yours anew.")
        )
    return written


def _write_once(violation: Violation, key: UUID, *, by: User, warning: bool) -> Violation:
    try:
        return issue_violation(violation, by=by, warning=warning)
    except IntegrityError:
        written = _written(found_before(violation, key=key), key, by)  # it came in by another try meanwhile
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
