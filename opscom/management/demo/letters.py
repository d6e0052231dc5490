"""Owners whom a registry named, the letters to them, and tickets at the collection agency."""

import csv
from collections import Counter
from datetime import timedelta
from io import StringIO

from opscom.lib.sealed import can_seal
from opscom.management.demo.world import World
from violations.models import LookupBatch, NoticeStep, TicketNotice, Violation
from violations.services.collecting.sending import recall_case, send_to_collections
from violations.services.letters import draw_letters, make_letters, mark_sent
from violations.services.owner_lookup import IN, make_batch, read_answer, write_file

RENTAL = ("Maple Lane Rentals", "3 Station Road|Peterborough ON  K9H 2A1")
OWNERS = (RENTAL, RENTAL, ("Jo Poe", "1 Main Street|Lindsay ON  K9V 1A1"), RENTAL)
AGENCY = 4  # tickets whose last notice is long ago; the last of them is still to be sent


def post_letters(world: World) -> None:
    """A registry has answered, letters went out, and the next batch waits to be drawn. Nothing without a key for PINs."""
    if not can_seal():
        return
    manager = world.login("manager")
    strangers = Violation.objects.unpaid().filter(charge__payer=None, charge__blocked="", boot_assignments=None)
    regions = Counter(strangers.exclude(plate="").order_by("plate_region").values_list("plate_region", flat=True))
    [(region, _tickets)] = regions.most_common(1)
    batch = make_batch(region, by=manager, at=world.ago(3, 10))
    write_file(batch, at=world.ago(3, 10, 5))
    read_answer(batch, _answer(batch), at=world.ago(2, 9))
    posted = make_letters(NoticeStep.OVERDUE, by=manager, at=world.ago(2, 10))
    draw_letters(posted.pk, at=world.ago(2, 10, 1))
    mark_sent(type(posted).objects.get(pk=posted.pk), by=manager, at=world.ago(2, 15))
    make_letters(NoticeStep.LAST, by=manager, at=world.ago(0, 8))


def _answer(batch: LookupBatch) -> str:
    """Of its oldest tickets most owners, and one plate that the registry does not know."""
    stream = StringIO()
    writer = csv.writer(stream)
    writer.writerow(IN)
    items = batch.items.select_related("violation").order_by("violation__issued_at")
    for item, owner in zip(items, [*OWNERS, ("", "")], strict=False):
        error = "" if owner[0] else "Plate not found"
        writer.writerow([item.pk, item.violation.plate, *owner, error])
    return stream.getvalue()


def send_to_agency(world: World) -> None:
    """Of the oldest debts of people with an account two are at the agency, one was taken back, and one is ready to be sent; where there are so many."""
    finance = world.login("finance")
    owed = Violation.objects.unpaid().filter(charge__payer__in=world.people, charge__blocked="", appeals=None)
    owed = owed.filter(charge__payer__is_active=True, issued_at__lt=world.now - timedelta(days=100))
    tickets = list(owed.exclude(charge__payer__in=world.logins.values()).order_by("issued_at")[:AGENCY])
    if len(tickets) < AGENCY:
        return  # too small an office
    for ticket in tickets[:-1]:
        _tell(ticket, world)
    cases = list(send_to_collections(by=finance, at=world.ago(9, 11)).cases.order_by("pk"))
    recall_case(cases[-1], by=finance, reason="Pays in the office", at=world.ago(1, 14))
    _tell(tickets[-1], world)


def _tell(ticket: Violation, world: World) -> None:
    TicketNotice.objects.create(violation=ticket, step=NoticeStep.LAST, at=world.ago(60, 9))
