"""Two residents whose permits renew themselves: one's card is good, the other's next month is in its grace."""

from datetime import timedelta

from accounts.models import User
from opscom.lib.dates import today
from opscom.management.demo.world import World
from payments.models import CardPurpose, SandboxCard, StoredCard
from permits.models import Permit, SalesWindow
from permits.services.renewal import ask_holder, open_term
from permits.services.rollover import turn_rollover_on


def roll_over(world: World) -> None:
    """Store their cards, turn Permit Rollover on, and let the second one's bank say no."""
    monthly = Permit.objects.filter(
        state=Permit.State.ACTIVE,
        window__period=SalesWindow.Period.MONTH,
        valid_before__gt=today(world.now) + timedelta(days=3),
        holder__is_active=True,
        holder__is_staff=False,
    )
    for permit, behaviour in zip(
        monthly.order_by("pk")[:2], (SandboxCard.Behaviour.PAYS, SandboxCard.Behaviour.LOST), strict=False
    ):
        store_card(permit.holder, behaviour, world)
        turn_rollover_on(permit, card=None, by=permit.holder, at=world.now)
        if behaviour == SandboxCard.Behaviour.LOST:
            Permit.objects.filter(pk=permit.pk).update(valid_before=today(world.now) + timedelta(days=2))
            ask_holder(open_term(permit.pk, at=world.now), "hard", at=world.now)


def store_card(user: User, behaviour: str, world: World, *, purpose: str = CardPurpose.SUBSCRIPTION) -> None:
    """Make a card that the sandbox keeps the person's primary one."""
    looks = {"brand": "Visa", "last4": "4242", "exp_month": 8, "exp_year": today(world.now).year + 2}
    kept = SandboxCard.objects.create(behaviour=behaviour, customer_ref=f"sbu_{user.pk}", **looks)
    StoredCard.objects.create(
        user=user,
        provider="sandbox",
        token=kept.token,
        customer_ref=kept.customer_ref,
        purpose=purpose,
        primary=True,
        stored_at=world.now,
        **looks,
    )
