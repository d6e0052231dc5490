"""Boots of the demo office: some in stock, one on a vehicle, one out, one late, one damaged."""

from datetime import timedelta

from opscom.lib.sealed import can_seal, seal
from opscom.management.demo import money
from opscom.management.demo.world import World
from violations.models import Boot, BootAssignment, Offence, Violation
from violations.services.boots.fitting import fit_boot
from violations.services.boots.following import follow_boots
from violations.services.boots.owing import required_charges
from violations.services.boots.releasing import release_unpaid
from violations.services.boots.stock import put_back

OFFENCES = ("PERMIT", "OVERNIGHT")
COUNT = 8
CONDITIONS = ("", "", "Scratched arm", "", "Keypad worn", "", "", "")


def make_boots(world: World) -> None:
    """The inventory, and what became of the newest unpaid tickets of strangers. Nothing without a key to seal codes with."""
    if not can_seal():
        return
    Offence.objects.filter(code__in=OFFENCES).update(boot_eligible=True)
    boots = [
        Boot.objects.create(
            number=f"B-{n:02d}", condition=CONDITIONS[n - 1], sealed=seal(f"{world.rng.randrange(10**5):05d}")
        )
        for n in range(1, COUNT + 1)
    ]
    put_back(boots[-1], by=world.login("manager"), reason="Handle bent", damaged=True, at=world.ago(12, 10))
    strangers = Violation.objects.unpaid().filter(charge__payer=None, offence__boot_eligible=True)
    tickets = list(strangers.exclude(plate="").order_by("-issued_at").select_related("charge")[:3])
    moments = (world.ago(0, 8), world.ago(1, 15), world.ago(3, 11))
    for ticket, boot, at in zip(tickets, boots, moments, strict=False):
        fit_boot(ticket, boot=boot, by=world.login("enforcement"), location=ticket.location, at=at)
    for ticket in tickets[1:2]:  # now, so that the receipts' numbers stay in the order of time
        wanted = list(required_charges(BootAssignment.objects.get(violation=ticket)))
        money.pay_by_card(wanted, user=None, email="driver@example.test", at=world.now)
    for ticket in tickets[2:]:
        late = BootAssignment.objects.get(violation=ticket)
        release_unpaid(late, by=world.login("manager"), reason="Ambulance entrance", at=moments[2] + timedelta(hours=1))
    follow_boots(at=world.now)
