"""Permits that the office prints as one file: rows first, then sheet by sheet, each apart from the others, and bound at the
end. Whatever is killed, a sweep goes on with it."""

import logging
import tempfile
from datetime import datetime, timedelta
from io import BytesIO

import pikepdf
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.work import hint
from permits.errors import PermitRefused
from permits.models import Permit, PermitType, PrintBatch, PrintItem
from permits.services.printing import print_for_office
from permits.services.tags import make_tags

logger = logging.getLogger(__name__)
LEASE, KEPT = timedelta(minutes=5), timedelta(days=7)
AT_ONCE, MOST = 40, 2000
Outcome = PrintItem.Outcome


@transaction.atomic
def start_batch(permits: QuerySet[Permit], *, by: User, layout: str = "", at: datetime | None = None) -> PrintBatch:
    """Write down which permits are to be printed, in their order, and let a worker begin. PermitRefused for none, or for
    more than one file can hold."""
    from permits.tasks import go_on_with_print

    keys = list(permits.values_list("pk", flat=True)[: MOST + 1])
    if not keys or len(keys) > MOST:
        raise PermitRefused(_("Choose between 1 and %(most)s permits at a time.") % {"most": MOST}, code="how-many")
    batch = PrintBatch.objects.create(by=by, layout=layout, started_at=at or timezone.now())
    PrintItem.objects.bulk_create(PrintItem(batch=batch, permit_id=pk) for pk in keys)
    hint(go_on_with_print, batch_id=batch.pk)
    return batch


def unfinished_batches() -> list[int]:
    """Those that a worker has to go on with."""
    return list(PrintBatch.objects.filter(finished_at=None).order_by("pk").values_list("pk", flat=True))


def go_on(batch: PrintBatch, *, at: datetime | None = None) -> bool:
    """Print the next sheets, and bind the file after the last; True while some are left to begin. Several workers share one
    batch."""
    at = at or timezone.now()
    waiting = Q(outcome=Outcome.WAITING) & (Q(taken_at=None) | Q(taken_at__lte=at - LEASE))
    for pk in batch.items.filter(waiting).values_list("pk", flat=True)[:AT_ONCE]:
        _print_item(pk, waiting, batch, at)
    if not batch.items.filter(outcome=Outcome.WAITING).exists():
        _bind(batch, at)
    return batch.items.filter(waiting).exists()


def _print_item(pk: int, waiting: Q, batch: PrintBatch, at: datetime) -> None:
    """One sheet. Whatever is wrong with it is noted with it and keeps no other from being printed."""
    with transaction.atomic():
        item = PrintItem.objects.select_for_update(skip_locked=True).filter(waiting, pk=pk).first()
        if item is None:
            return
        item.taken_at = at
        item.save(update_fields=["taken_at"])
    permit = Permit.objects.select_related("holder", "lot", "permit_type", "window").get(pk=item.permit_id)
    try:
        _copy, pdf = print_for_office(permit, batch=batch, at=at)
        item.page = default_storage.save(f"print-batches/{batch.code}/{item.pk}.pdf", ContentFile(pdf))
        item.outcome = Outcome.PRINTED
        if batch.layout == PermitType.Layout.HANG_TAG:
            make_tags(permit.tags.values_list("pk", flat=True), by=batch.by, at=at)
    except PermitRefused as refusal:
        item.outcome, item.note = Outcome.FAILED, str(refusal)[:250]
    except Exception:
        logger.exception("permit %s of batch %s not printed", permit.pk, batch.pk)
        item.outcome, item.note = Outcome.FAILED, _("It could not be drawn. Tell the operator, and print it alone.")
    item.save(update_fields=["outcome", "note", "page"])


def _bind(batch: PrintBatch, at: datetime) -> None:
    """All sheets in one file, in their order; of two workers who do this at once, one file stays."""
    pages = list(batch.items.filter(outcome=Outcome.PRINTED).order_by("pk").values_list("page", flat=True))
    bound = PrintBatch(code=batch.code)
    if pages:
        with tempfile.TemporaryFile() as stream:
            _merge(pages, stream)  # type: ignore[arg-type]
            stream.seek(0)
            bound.file.save("permits.pdf", File(stream), save=False)
    ours = PrintBatch.objects.filter(pk=batch.pk, finished_at=None).update(
        finished_at=at, expires_at=at + KEPT, file=bound.file.name or ""
    )
    if ours:
        for page in pages:
            default_storage.delete(page)
    elif bound.file:
        bound.file.delete(save=False)


def _merge(pages: list[str], target: BytesIO) -> None:
    whole = pikepdf.new()
    for name in pages:
        with default_storage.open(name) as stored, pikepdf.open(BytesIO(stored.read())) as sheet:
            whole.pages.extend(sheet.pages)
    with whole.open_metadata() as about:
        about["dc:title"] = _("Permits")
    whole.save(target)


def expired(at: datetime) -> QuerySet[PrintBatch]:
    """The batches whose file's time is over."""
    return PrintBatch.objects.filter(expires_at__lte=at).exclude(file="")


def expire_batches(*, at: datetime | None = None) -> int:
    """Delete the files whose time is over. Answers how many; the print log stays."""
    over = expired(at or timezone.now())
    for batch in over:
        batch.file.delete(save=False)
        PrintBatch.objects.filter(pk=batch.pk).update(file="")
    return len(over)


def progress(batch: PrintBatch) -> tuple[int, int, int]:
    """(done, failed, all)."""
    outcomes = list(batch.items.values_list("outcome", flat=True))
    return sum(outcome != Outcome.WAITING for outcome in outcomes), outcomes.count(Outcome.FAILED), len(outcomes)
