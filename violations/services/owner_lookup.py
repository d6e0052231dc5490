"""Owners of unregistered plates: a locked batch goes to the registry as a file, and its answer gives notice addresses."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from io import StringIO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.office import office
from opscom.lib.spreadsheets import harmless
from opscom.lib.tables import table_lines
from opscom.lib.work import hint
from violations.errors import ViolationRefused
from violations.models import LookupBatch, LookupItem, NoticeAddress, Violation

MOST = 5000
OUT = ["reference", "plate", "region", "plate_type", "date"]
IN = ["reference", "plate", "name", "address", "error"]
Outcome = LookupItem.Outcome


@dataclass(frozen=True)
class Answered:
    """What an answer brought: owners, errors, and lines that name no ticket of the batch, or one that is answered."""

    found: int
    errors: int
    strange: list[str]


@transaction.atomic
def make_batch(region: str, *, by: User, at: datetime | None = None) -> LookupBatch:
    """Lock the owed tickets of that region's plates whose owner nobody knows, the oldest first. ViolationRefused for none."""
    asked = LookupItem.objects.exclude(outcome=Outcome.ERROR, acknowledged_at__isnull=False)
    unknown = (
        Violation.objects.unpaid()
        .filter(plate_region=region, vehicle=None, charge__payer=None, notice_address=None)
        .exclude(plate="")
        .exclude(pk__in=asked.values("violation"))
    )
    violations = list(unknown.select_for_update(of=("self",)).order_by("issued_at", "pk")[:MOST])
    if not violations:
        raise ViolationRefused(_("No ticket of this province or state waits for its owner. Choose another one."))
    batch = LookupBatch.objects.create(region=region, by=by, made_at=at or timezone.now())
    LookupItem.objects.bulk_create(LookupItem(batch=batch, violation=violation) for violation in violations)
    return batch


def write_file(batch: LookupBatch, *, at: datetime | None = None) -> str:
    """What the registry gets, as CSV: the same each time, without number or PIN of any ticket."""
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(OUT)
    for item in batch.items.select_related("violation"):
        violation = item.violation
        day = today(violation.issued_at).isoformat()
        cells = [str(item.pk), violation.plate, violation.plate_region, violation.plate_type, day]
        writer.writerow([harmless(cell) for cell in cells])
    LookupBatch.objects.filter(pk=batch.pk, sent_at=None).update(sent_at=at or timezone.now())
    return stream.getvalue()


@transaction.atomic
def read_answer(batch: LookupBatch, text: str, *, at: datetime | None = None) -> Answered:
    """Take in the registry's file. A worker then charges each ticket whose owner it names what the office asks for that; read
    twice, nothing changes. TableRefused where it has not the columns."""
    from violations.tasks import charge_lookups

    at, fee = at or timezone.now(), office().owner_lookup_fee
    batch = LookupBatch.objects.select_for_update().get(pk=batch.pk)
    items = {
        str(item.pk): item
        for item in batch.items.filter(outcome=Outcome.WAITING)
        .select_related("violation")
        .select_for_update(of=("self",))
    }
    owners: list[NoticeAddress] = []
    changed: list[LookupItem] = []
    strange: list[str] = []
    for line, row in table_lines(text, IN, required=IN):
        item = items.get(row["reference"])
        if item is None or row["plate"] != item.violation.plate:
            strange.append(_("Line %(line)s names no ticket that waits in this batch.") % {"line": line})
            continue
        del items[row["reference"]]
        changed.append(item)
        if row["error"] or not (row["name"] and row["address"]):
            item.outcome, item.error = Outcome.ERROR, (row["error"] or _("No name or no address."))[:200]
            continue
        item.outcome, item.fee = Outcome.FOUND, fee or None
        address = "\n".join(part.strip() for part in row["address"].split("|"))
        owners.append(
            NoticeAddress(violation=item.violation, name=row["name"][:120], address=address[:400], found_at=at)
        )
    LookupItem.objects.bulk_update(changed, ["outcome", "error", "fee"], batch_size=500)
    NoticeAddress.objects.bulk_create(owners)
    if fee and owners:
        hint(charge_lookups)
    if changed:
        LookupBatch.objects.filter(pk=batch.pk).update(received_at=at)
    return Answered(len(owners), len(changed) - len(owners), strange)


@transaction.atomic
def acknowledge_errors(items: Iterable[LookupItem], *, by: User, at: datetime | None = None) -> int:
    """Take note of errors: their tickets may be asked for again. Answers how many."""
    open_errors = LookupItem.objects.filter(
        pk__in=[item.pk for item in items], outcome=Outcome.ERROR, acknowledged_at=None
    )
    return open_errors.update(acknowledged_by=by, acknowledged_at=at or timezone.now())
