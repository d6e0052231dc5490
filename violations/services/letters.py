"""Letters for those whom no e-mail reaches: a batch locks its tickets, a worker draws its file, and the office sends it."""

import base64
import logging
from datetime import datetime, timedelta
from io import BytesIO

import pikepdf
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Address, Mail, User
from opscom.lib.sealed import seal, unseal
from opscom.lib.work import hint
from payments.models import PlanLine
from violations.errors import ViolationRefused
from violations.models import LetterBatch, LetterItem, NoticeStep, TicketNotice, Violation, ViolationEvent
from violations.models.violation import ViolationQuerySet
from violations.papers.letters import notice_letter
from violations.services.notices import due_for
from violations.services.postal import addresses_of, name_and_address

logger = logging.getLogger(__name__)
LEASE, KEPT = timedelta(minutes=5), timedelta(days=7)
MOST, AT_ONCE = 200, 10
POSTED = (NoticeStep.NEW, NoticeStep.OVERDUE, NoticeStep.LAST)  # a discount that ends in days is no matter for the post


def without_mail(step: NoticeStep, *, at: datetime) -> ViolationQuerySet:
    """The owed tickets that wait for a letter of that step: their owner is known from a registry alone, or the e-mail of the
    step was refused, there is a postal address and no payment plan. Who was told a later step needs no earlier one."""
    refused = TicketNotice.objects.filter(step=step, mail__state=Mail.State.FAILED, batch=None)
    posted = Address.objects.filter(kind__in=(Address.Kind.MAILING, Address.Kind.HOME)).values("user")
    known = due_for(step, at=at).filter(charge__payer=None, notice_address__isnull=False)
    owed = Violation.objects.unpaid().filter(charge__state="open", charge__blocked="")
    planned = PlanLine.objects.filter(standing=True)
    owed = owed.exclude(charge__in=planned.values("charge"))
    back = owed.filter(pk__in=refused.values("violation"), charge__payer__in=posted)
    wanted = Q(pk__in=known.values("pk")) | Q(pk__in=back.values("pk"))
    locked = LetterItem.objects.filter(open=True)
    later = TicketNotice.objects.filter(step__in=NoticeStep.values[NoticeStep.values.index(step) + 1 :])
    return (
        Violation.objects.filter(wanted)
        .exclude(pk__in=locked.values("violation"))
        .exclude(pk__in=later.values("violation"))
    )


@transaction.atomic
def make_letters(step: NoticeStep, *, by: User, at: datetime | None = None) -> LetterBatch:
    """Lock the tickets that wait for that letter, the oldest first, and have a worker draw them. ViolationRefused for none."""
    at = at or timezone.now()
    waiting = without_mail(step, at=at).select_related("notice_address", "charge__payer")
    tickets = list(waiting.select_for_update(of=("self",)).order_by("issued_at", "pk")[:MOST])
    if not tickets:
        raise ViolationRefused(_("No ticket waits for a letter of this notice. Choose another one."), code="none")
    addresses = addresses_of(tickets)
    batch = LetterBatch.objects.create(step=step, by=by, made_at=at)
    LetterItem.objects.bulk_create(_item(batch, ticket, addresses) for ticket in tickets)
    _draw_later(batch)
    return batch


@transaction.atomic
def mark_sent(batch: LetterBatch, *, by: User, at: datetime | None = None) -> LetterBatch:
    """They are in the post: each ticket has had this notice, today where an e-mail did not arrive before, and is free for the
    next one. ViolationRefused for a batch that is not locked any more or not drawn yet."""
    at, batch = at or timezone.now(), _open(batch)
    if batch.drawn_at is None:
        raise ViolationRefused(_("The letters are not drawn yet. Wait until the file is there."), code="not-drawn")
    items = list(batch.items.select_related("violation"))
    told = set(
        TicketNotice.objects.filter(step=batch.step, violation__letters__batch=batch).values_list(
            "violation", flat=True
        )
    )
    TicketNotice.objects.filter(step=batch.step, violation__in=told).update(batch=batch, at=at)
    TicketNotice.objects.bulk_create(
        TicketNotice(violation=item.violation, step=batch.step, at=at, batch=batch)
        for item in items
        if item.violation_id not in told
    )
    ViolationEvent.objects.bulk_create(
        ViolationEvent(
            violation=item.violation,
            at=at,
            by=by,
            from_state=item.violation.state,
            to_state=item.violation.state,
            reason=f"notice by letter: {batch.step}, batch {batch.pk}",
        )
        for item in items
    )
    return _end(batch, by=by, sent_at=at)


@transaction.atomic
def drop_letters(batch: LetterBatch, *, by: User, at: datetime | None = None) -> LetterBatch:
    """Take a locked batch back: nothing was sent, and its tickets may go into another one."""
    return _end(_open(batch), by=by, dropped_at=at or timezone.now())


@transaction.atomic
def draw_again(batch: LetterBatch) -> None:
    """Print once more: the same letters, with what is owed by now."""
    batch = LetterBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    batch.file.delete(save=False)
    LetterBatch.objects.filter(pk=batch.pk).update(file="", drawn=0, drawn_at=None, taken_at=None, expires_at=None)
    _draw_later(batch)


def draw_letters(batch_id: int, *, at: datetime | None = None) -> bool:
    """Draw all letters of a batch into its file, noting how far it is; False where another worker is at it, or it is done.
    A worker that dies leaves nothing behind, and the next one begins anew."""
    at = at or timezone.now()
    free = LetterBatch.objects.filter(pk=batch_id, drawn_at=None).filter(Q(taken_at=None) | Q(taken_at__lte=at - LEASE))
    if not free.update(taken_at=at, drawn=0):
        return False
    batch, whole = LetterBatch.objects.get(pk=batch_id), pikepdf.new()
    drawn = 0
    for items in envelopes_of(batch):
        with pikepdf.open(BytesIO(notice_letter(items, batch.step, at=at))) as letter:
            whole.pages.extend(letter.pages)
        before, drawn = drawn, drawn + len(items)
        if drawn // AT_ONCE > before // AT_ONCE:
            LetterBatch.objects.filter(pk=batch.pk, taken_at=at).update(drawn=drawn)
    with whole.open_metadata() as about:
        about["dc:title"] = str(batch)
    stream = BytesIO()
    whole.save(stream)
    batch.file.save("", ContentFile(seal(base64.b64encode(stream.getvalue()).decode()).encode()), save=False)
    done = {"drawn": drawn, "drawn_at": at, "expires_at": at + KEPT, "file": batch.file.name}
    if not LetterBatch.objects.filter(pk=batch.pk, drawn_at=None, taken_at=at).update(**done):
        batch.file.delete(save=False)
        return False
    return True


def envelopes_of(batch: LetterBatch) -> list[list[LetterItem]]:
    """The tickets of each owner together, in the order of the oldest: one letter each. Two people of one name and address
    whom the portal knows apart get their own."""
    rows = batch.items.select_related("violation__offence", "violation__lot", "violation__charge")
    envelopes: dict[tuple[object, ...], list[LetterItem]] = {}
    for item in rows:
        payer = item.violation.charge.payer_id if item.violation.charge else None
        envelopes.setdefault((payer, item.name, item.address, item.language), []).append(item)
    return list(envelopes.values())


def read_letters(batch: LetterBatch) -> bytes:
    """The PDF of a batch that is drawn. FileNotFoundError where its file is gone."""
    with batch.file.open("rb") as stored:
        return base64.b64decode(unseal(stored.read().decode()))


def undrawn_letters() -> list[int]:
    """The batches that a worker has to draw."""
    return list(LetterBatch.objects.filter(drawn_at=None, dropped_at=None).values_list("pk", flat=True))


def expired_letters(at: datetime) -> QuerySet[LetterBatch]:
    """The batches whose file's time is over."""
    return LetterBatch.objects.filter(expires_at__lte=at).exclude(file="")


def forget_letters(*, at: datetime | None = None) -> None:
    """Delete the files whose time is over; they show PINs. One that cannot be deleted now keeps no other."""
    for batch in expired_letters(at or timezone.now()):
        try:
            batch.file.delete(save=False)
            LetterBatch.objects.filter(pk=batch.pk).update(file="")
        except Exception:
            logger.exception("letters of batch %s not deleted", batch.pk)


def _item(batch: LetterBatch, ticket: Violation, addresses: dict[int, Address]) -> LetterItem:
    payer = ticket.charge.payer if ticket.charge else None
    name, address = name_and_address(ticket, addresses)
    language = payer.language if payer else settings.LANGUAGE_CODE
    return LetterItem(batch=batch, violation=ticket, name=name, address=address, language=language)


def _open(batch: LetterBatch) -> LetterBatch:
    batch = LetterBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if not batch.is_open:
        raise ViolationRefused(_("This batch is sent or taken back already. Nothing was changed."), code="ended")
    return batch


def _end(batch: LetterBatch, *, by: User, **when: datetime) -> LetterBatch:
    for name, moment in when.items():
        setattr(batch, name, moment)
    batch.ended_by = by
    batch.save(update_fields=[*when, "ended_by"])
    batch.items.update(open=False)
    return batch


def _draw_later(batch: LetterBatch) -> None:
    from violations.tasks import draw_letters_of

    hint(draw_letters_of, batch_id=batch.pk)
