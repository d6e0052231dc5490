"""Closures and events of a lot: what they would do, and word to the holders of permits that are valid then."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Mail, User
from accounts.models.mail import MailKind
from opscom.lib.dates import Period, as_moment, today
from opscom.lib.office import office
from opscom.lib.work import hint
from permits import emails
from permits.capacity import Occupancy, occupancies
from permits.errors import PermitRefused
from permits.models import LotBlock, Permit

AT_ONCE = 100
CALLED_OFF = Q(called_off_at__isnull=False, recalled_at=None)
NOTICE = ("announced_at", "notified_to", "notified_at", "called_off_at", "recalled_to", "recalled_at")


@dataclass(frozen=True)
class Preview:
    """How many people hold how many permits that are valid then, and how full the lot is meanwhile, the closure counted."""

    people: int
    permits: int
    fullest: Occupancy

    @property
    def too_many(self) -> int:
        """How many more are sold, held or taken than there are spaces (RULES 16)."""
        return max(0, self.fullest.taken - self.fullest.spaces)


def preview_closure(block: LotBlock, *, at: datetime | None = None) -> Preview:
    """What a closure does. Nobody is written to by looking at it; needs `lot`."""
    at = at or timezone.now()
    period = Period(block.starts_at, block.ends_at)
    full = occupancies([(block.lot, period)], at)[block.lot, period]
    return Preview(people_affected(block).count(), permits_affected(block).count(), full)


def permits_affected(block: LotBlock) -> QuerySet[Permit]:
    """Paid permits of the lot that are valid at some moment of it."""
    last = today(block.ends_at - timedelta(microseconds=1))
    moments = Q(starts_at=None) | Q(starts_at__lt=block.ends_at, ends_at__gt=block.starts_at)
    return Permit.objects.filter(
        moments,
        lot=block.lot_id,
        state=Permit.State.ACTIVE,
        valid_from__lte=last,
        valid_before__gt=today(block.starts_at),
    )


def people_affected(block: LotBlock) -> QuerySet[User]:
    """The holders of these permits, each once."""
    return User.objects.filter(Exists(permits_affected(block).filter(holder=OuterRef("pk"))), is_active=True).order_by(
        "pk"
    )


def closures_of(permit: Permit, *, at: datetime | None = None) -> QuerySet[LotBlock]:
    """What the holder of a permit reads of closures within its time."""
    start, end = as_moment(permit.period.start), as_moment(permit.period.end)
    shown = LotBlock.objects.shown(at or timezone.now(), days=office().closure_days)
    return shown.filter(lot=permit.lot_id, starts_at__lt=end, ends_at__gt=start)


@transaction.atomic
def save_closure(block: LotBlock, *, moved: bool = False) -> LotBlock:
    """Write it down. One that was moved is announced anew; otherwise a worker that writes to people goes on."""
    if moved or block.pk is None:
        block.announced_at, block.notified_to, block.notified_at = None, 0, None
        block.save()
        return block
    names = [field.name for field in block._meta.concrete_fields if not field.primary_key and field.name not in NOTICE]
    block.save(update_fields=names)
    return block


@transaction.atomic
def announce_closure(block: LotBlock, *, at: datetime | None = None) -> LotBlock:
    """Let a worker write to everybody who is affected; the same again changes nothing. PermitRefused once it is over."""
    from permits.tasks import write_closure_notices

    at = at or timezone.now()
    block = LotBlock.objects.select_for_update(of=("self",)).select_related("lot").get(pk=block.pk)
    if block.ends_at <= at or block.called_off_at is not None:
        raise PermitRefused(_("It is over, so nobody is written to any more."), code="over")
    if block.announced_at is None:
        block.notify, block.announced_at = True, at
        block.save(update_fields=["notify", "announced_at"])
        hint(write_closure_notices, block_id=block.pk)
    return block


@transaction.atomic
def call_off_closure(block: LotBlock, *, at: datetime | None = None) -> LotBlock:
    """It does not take place: its spaces are free at once, and a worker writes to everybody who was told of it. PermitRefused
    once it is over, or called off."""
    from permits.tasks import write_closure_notices

    at = at or timezone.now()
    block = LotBlock.objects.select_for_update(of=("self",)).select_related("lot").get(pk=block.pk)
    if block.ends_at <= at or block.called_off_at is not None:
        raise PermitRefused(_("It is over or called off already. There is nothing to call off."), code="over")
    block.called_off_at, block.spaces = at, 0
    block.save(update_fields=["called_off_at", "spaces"])
    hint(write_closure_notices, block_id=block.pk)
    return block


def due_closures(*, at: datetime | None = None) -> list[int]:
    """Keys of closures of whose announcement, or calling off, not everybody has heard yet."""
    at = at or timezone.now()
    return list(LotBlock.objects.filter(_is_due(at) | CALLED_OFF).values_list("pk", flat=True))


@transaction.atomic
def write_notices(block_pk: int, *, at: datetime | None = None) -> bool:
    """Write to the next people who are affected, in the order of their keys; True while some are left."""
    at = at or timezone.now()
    block = _claim(block_pk, _is_due(at))
    return block is not None and _write_next(
        block, people_affected(block), emails.send_lot_closed, upto="notified_to", done="notified_at", at=at
    )


def people_told(block: LotBlock) -> QuerySet[User]:
    """Who got a message of it, whatever its dates were then."""
    told = Mail.objects.filter(kind=MailKind.LOT_CLOSED, key__startswith=f"closed:{block.pk}:", user=OuterRef("pk"))
    return User.objects.filter(Exists(told), is_active=True).order_by("pk")


@transaction.atomic
def write_recalls(block_pk: int, *, at: datetime | None = None) -> bool:
    """Write to the next people who were told of a closure that it is called off; True while some are left."""
    at = at or timezone.now()
    block = _claim(block_pk, CALLED_OFF)
    return block is not None and _write_next(
        block, people_told(block), emails.send_closure_off, upto="recalled_to", done="recalled_at", at=at
    )


def _claim(pk: int, due: Q) -> LotBlock | None:
    """The closure, if something is due and no other worker has it in hand."""
    claimed = LotBlock.objects.select_for_update(of=("self",), skip_locked=True).select_related("lot")
    return claimed.filter(due, pk=pk).first()


def _write_next(
    block: LotBlock,
    people: QuerySet[User],
    send: Callable[[User, LotBlock], object],
    *,
    upto: str,
    done: str,
    at: datetime,
) -> bool:
    """The next messages; True while some are left. The place in the order of people is saved with them, so that a worker that
    dies writes to nobody twice: `upto` is the field of the last one, `done` that of the end."""
    following = list(people.filter(pk__gt=getattr(block, upto))[:AT_ONCE])
    for person in following:
        send(person, block)
    if following:
        setattr(block, upto, following[-1].pk)
    if len(following) < AT_ONCE:
        setattr(block, done, at)
    block.save(update_fields=[upto, done])
    return len(following) == AT_ONCE


def _is_due(at: datetime) -> Q:
    return Q(notify=True, announced_at__isnull=False, notified_at=None, ends_at__gt=at, called_off_at=None)
