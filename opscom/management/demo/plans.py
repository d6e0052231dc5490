"""A payment plan of the demo office: offered at the counter and agreed to."""

from accounts.models import User
from opscom.management.demo.world import World
from payments.models import Charge
from payments.services.plans.agreeing import agree_offer, offer_plan
from payments.services.plans.terms import plannable


def agree_to_plan(world: World) -> None:
    """For whoever owes the most tickets among those who play no other part."""
    counted: dict[int, int] = {}
    known = {user.pk for user in (*world.logins.values(), *world.cast)}
    for payer in (
        Charge.objects.open().filter(payer__isnull=False).exclude(payer__in=known).values_list("payer", flat=True)
    ):
        counted[payer] = counted.get(payer, 0) + 1
    for pk in sorted(counted, key=lambda pk: (-counted[pk], pk)):
        person = User.objects.get(pk=pk)
        if plannable(person, at=world.now).exists():
            staff = world.login("manager")
            plan = offer_plan(person, count=4, by=staff, at=world.now)
            agree_offer(plan, by=person, at=world.now)
            return
