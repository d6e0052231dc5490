"""What a permit may be exchanged for: what is listed, and what a waitlist offers its holder."""

from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.office import office
from permits.models import Lot, Permit, SalesWindow, WaitlistOffer
from permits.models.lot import Keys
from permits.models.sale import sold_to
from permits.services.waitlists.ending import offer_in_hand


def lots_opened(user: User, keys: Keys) -> list[Lot]:
    """Lots that this session has opened by their link or password, `keys`; no query where it has opened none."""
    if not keys:
        return []
    found = Lot.objects.open_to(user).filter(pk__in=list(keys)).by_group()
    return [lot for lot in found if lot.opens_with(keys)]


def windows_open_to(user: User, keys: Keys | None = None) -> QuerySet[SalesWindow]:
    """Windows that this person's permits may be exchanged for: of the lots that are listed, of those that the session has
    opened (`keys`), and of places offered to them."""
    listed = Q(permit_type__lot__in=Lot.objects.visible_to(user).filter(password=""))
    listed |= Q(permit_type__lot__in=[lot.pk for lot in lots_opened(user, keys or {})])
    offered = Q(pk__in=WaitlistOffer.objects.live().for_user(user).values("window"))
    return SalesWindow.objects.filter((listed & sold_to(user.user_type_id)) | offered).select_related(
        "permit_type__lot"
    )


def instead_of(offer: WaitlistOffer, user: User, *, at: datetime) -> list[Permit]:
    """The person's permits of the offered days that could be exchanged for the place; none where the office does not want
    it."""
    if not (office().waitlist_exchange and office().exchanging):
        return []
    mine = Permit.objects.for_user(user).filter(state=Permit.State.ACTIVE, window__isnull=False, rollover=False)
    same_days = mine.filter(valid_from__lt=offer.valid_before, valid_before__gt=max(offer.valid_from, today(at)))
    return list(same_days.exclude(window=offer.window_id).select_related("lot").order_by("pk"))


def place_offered(user: User, window: SalesWindow) -> WaitlistOffer | None:
    """The place of that window which an exchange may take, where the office wants it."""
    return offer_in_hand(user, window) if office().waitlist_exchange else None
