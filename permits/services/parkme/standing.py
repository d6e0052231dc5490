"""What a person may do by text now, and what stands in the way."""

from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services.wordings import say
from accounts.text_parking import Subscription
from opscom.lib.dates import today
from opscom.lib.office import office
from payments.models import StoredCard
from payments.services.cards import may_pay_parking
from permits.models import Lot, Permit, PermitType
from permits.services.temporary import temporary_types


def text_lots() -> QuerySet[Lot]:
    """Lots that sell parking by text; one that asks for a password, or is not listed, does not."""
    return Lot.objects.filter(text_parking=True, password="", visibility=Lot.Visibility.VISIBLE)


def types_for(user: User) -> QuerySet[PermitType]:
    """What this person can park on by text."""
    return temporary_types(Lot.objects.for_type_of(user).filter(pk__in=text_lots().values("pk"))).filter(free=False)


def sessions_of(user: User, *, at: datetime) -> QuerySet[Permit]:
    """The person's parking by the hour that runs in such lots, each the last part of its time."""
    later = Permit.objects.filter(renews=OuterRef("pk"), state__in=Permit.KEPT)
    running = Permit.objects.for_user(user).filter(
        Q(starts_at__lte=at) | Q(renews__isnull=False),
        state=Permit.State.ACTIVE,
        on_hours=False,
        ends_at__gt=at,
        lot__in=text_lots().values("pk"),
    )
    return running.exclude(Exists(later)).select_related("lot").order_by("ends_at", "pk")


def obstacle_to_texting(user: User) -> str:
    """Why this person cannot park by text, card aside, with what to do; nothing where they can."""
    if not user.profile_complete:
        return say("text_no_profile", page=page("profile"))
    allowed = user.user_type is None or user.user_type.text_parking
    if not (office().temporary_permits and allowed):
        return say("text_not_offered", page=page("permits:list"))
    if office().permit_disclaimer and user.permit_disclaimer_at is None:
        return say("text_no_disclaimer", page=page("permits:disclaimer"))
    return ""


def card_of(user: User, *, at: datetime) -> tuple[StoredCard | None, str]:
    """The card that pays for parking by text; or none, and why not with what to do."""
    if not (office().stored_cards and office().stored_cards_for_parking):
        return None, say("text_no_cards", page=page("permits:temporary"))
    primary = StoredCard.objects.for_user(user).kept().filter(primary=True).first()
    if primary is None:
        return None, say("text_no_card", page=page("payments:cards"))
    if not may_pay_parking(primary, day=today(at)):
        why = "text_card_expired" if primary.expires_before <= today(at) else "text_card_limited"
        return None, say(why, card=card_name(primary), page=page("payments:cards"))
    return primary, ""


def subscription_of(user: User) -> Subscription | None:
    """What the profile tells: whether the Text2ParkMe subscription is active; None where parking by text is not offered."""
    allowed = user.user_type is None or user.user_type.text_parking
    if not (office().text_number and office().temporary_permits and allowed and text_lots().exists()):
        return None
    return Subscription(card_of(user, at=timezone.now())[1])


def card_name(card: StoredCard) -> str:
    """As a text says it, in letters of which a message holds 160."""
    return f"{card.brand} {card.last4}"


def page(name: str) -> str:
    """The whole address of a page."""
    return settings.BASE_URL + reverse(name)
