"""Hang tags that the office makes: asked for, made, and handed over or posted."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Address, User
from opscom.lib.states import change_state
from permits import emails
from permits.errors import PermitRefused
from permits.models import HangTag, Permit, PermitType

Way, State = HangTag.Way, HangTag.State


def ways_of(permit_type: PermitType) -> list[HangTag.Way]:
    """How the office hands out tags of that type."""
    return [way for way, offered in ((Way.PICK_UP, permit_type.pick_up), (Way.POST, permit_type.post)) if offered]


def open_tag(permit: Permit) -> HangTag | None:
    """The newest tag that was not dropped: the one on its way, or the one that is out."""
    return permit.tags.exclude(state=State.DROPPED).order_by("-pk").first()


@transaction.atomic
def ask_for_tag(permit: Permit, *, way: HangTag.Way, by: User | None, at: datetime | None = None) -> HangTag:
    """Have a tag made; as long as it is not made, another way may be chosen. PermitRefused where the office does not offer it,
    has made it already, or would not know where to post it."""
    at = at or timezone.now()
    permit = Permit.objects.select_for_update(of=("self",)).select_related("permit_type", "holder").get(pk=permit.pk)
    if permit.state != Permit.State.ACTIVE or way not in ways_of(permit.permit_type):
        raise PermitRefused(_("This permit has no hang tag of that kind. Look at what its page offers."), code="no-tag")
    if permit.provisional_before is not None:
        raise PermitRefused(_("The hang tag is made once the office has approved the form."), code="review")
    address = address_of(permit.holder) if way == Way.POST else ""
    if way == Way.POST and not address:
        raise PermitRefused(
            _("We do not know where to post it. Add a mailing or home address under Addresses, then choose again."),
            code="no-address",
        )
    tag = permit.tags.select_for_update().filter(state__in=HangTag.OPEN).first()
    if tag is None:
        tag = HangTag.objects.create(permit=permit, way=way, address=address, asked_at=at)
        tag.events.create(at=at, by=by, to_state=tag.state)
        return tag
    if tag.state != State.TO_MAKE:
        raise PermitRefused(_("The hang tag is made already. Call the parking office."), code="made")
    tag.way, tag.address = way, address
    tag.save(update_fields=["way", "address"])
    return tag


@transaction.atomic
def want_tag(
    permit: Permit, *, way: HangTag.Way | None, address: str = "", by: User, at: datetime | None = None
) -> HangTag | None:
    """Choose with the reservation how the tag gets to its holder once the permit is paid, and where it is posted to; None for
    who prints it. Another choice replaces the one before. PermitRefused where the office does not offer it."""
    at = at or timezone.now()
    permit = Permit.objects.select_for_update(of=("self",)).select_related("permit_type").get(pk=permit.pk)
    for tag in permit.tags.select_for_update().filter(state=State.WANTED):
        change_state(tag, "drop", by=by, at=at)
    if way is None:
        return None
    if permit.state != Permit.State.HELD or way not in ways_of(permit.permit_type):
        raise PermitRefused(_("This permit has no hang tag of that kind. Look at what its page offers."), code="no-tag")
    tag = HangTag.objects.create(
        permit=permit, way=way, address=address if way == Way.POST else "", asked_at=at, state=State.WANTED
    )
    tag.events.create(at=at, by=by, to_state=tag.state)
    return tag


def ensure_tag(permit: Permit, *, at: datetime) -> None:
    """A paid permit gets the tag that its holder chose with the reservation. One that nobody prints at home gets a tag without
    being asked: picked up where that is offered, else posted if its holder's address is known. The caller has locked the permit."""
    ways = ways_of(permit.permit_type)
    if not ways:
        return
    if wanted := permit.tags.select_for_update().filter(state=State.WANTED).first():
        change_state(wanted, "ask", at=at)
        return
    if permit.permit_type.print_at_home or permit.tags.exists():
        return
    if ways[0] == Way.POST and not address_of(permit.holder):
        return
    ask_for_tag(permit, way=ways[0], by=None, at=at)


def drop_tags_of(permit: Permit, *, by: User | None, at: datetime) -> None:
    """Nobody waits for the tag of a permit that is given up, made or not. The caller has locked the permit."""
    for tag in permit.tags.select_for_update().filter(state__in=[State.WANTED, *HangTag.OPEN]):
        change_state(tag, "drop", by=by, at=at)


def address_of(user: User) -> str:
    """Where the holder gets post: the mailing address, else the one at home, as on an envelope."""
    kinds = (Address.Kind.MAILING, Address.Kind.HOME)
    known = {address.kind: address for address in Address.objects.filter(user=user, kind__in=kinds)}
    address = known.get(kinds[0]) or known.get(kinds[1])
    return "\n".join(address.lines) if address else ""


def make_tags(tags: Iterable[int], *, by: User, at: datetime | None = None) -> int:
    """These are made; who picks one up is told. Answers how many were still to make."""
    return sum(_move(pk, "make", State.TO_MAKE, by=by, at=at or timezone.now()) for pk in tags)


def send_out_tags(tags: Iterable[int], *, by: User, at: datetime | None = None) -> int:
    """These are posted, and their holders told, or handed over. Answers how many lay ready."""
    return sum(_move(pk, "send_out", State.MADE, by=by, at=at or timezone.now()) for pk in tags)


def drop_tags(tags: Iterable[int], *, by: User, at: datetime | None = None) -> int:
    """These are not wanted any more. Answers how many were still to make."""
    return sum(_move(pk, "drop", State.TO_MAKE, by=by, at=at or timezone.now()) for pk in tags)


@transaction.atomic
def _move(pk: int, transition: str, source: HangTag.State, *, by: User, at: datetime) -> bool:
    Permit.objects.select_for_update(of=("self",)).get(tags=pk)
    tag = HangTag.objects.select_for_update(of=("self",)).select_related("permit__holder").get(pk=pk)
    if tag.state != source:
        return False
    change_state(tag, transition, by=by, at=at)
    if transition == "make" and tag.way == Way.PICK_UP:
        emails.send_tag(tag, ready=True)
    elif transition == "send_out" and tag.way == Way.POST:
        emails.send_tag(tag, ready=False)
    return True
