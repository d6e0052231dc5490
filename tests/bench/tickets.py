"""Pages, searches and sweeps of tickets with few of them in the database and with many; and small pictures of evidence."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone
from PIL import Image

from payments.models import Charge
from tests import factories
from tests.bench.history import LETTERS, clone
from tests.bench.lists import GOAL_RATIO, GOAL_SQL_MS, Look, best_of, look
from tests.bench.seed import guest_session, pay
from tests.bench.table import Row
from tests.bench.world import World
from violations.models import AppealFile, NoticeAddress, NoticeStep, Violation, ViolationEvent
from violations.services.appeals.associating import find_tickets
from violations.services.appeals.evidence import add_evidence, look_at
from violations.services.collecting.sending import ready_sum
from violations.services.escalate import due_tickets
from violations.services.letters import without_mail
from violations.services.notices import due_for
from violations.services.quick import found_before

FEW = 10_000
A_PLATE = 3  # tickets each
OWED = 10  # one in so many, and so many in a hundred of those have an owner from a registry
PLATE = "P" + f"{1234:08d}".translate(str.maketrans("0123456789", "BCDFGHJKLM"))
KEYS = {"P": 1_000_000_000, "O": 1_500_000_000}  # of paid and of owed ones, far from those of the other histories
SWEEP_SECONDS = 2
GOAL_PICTURE_MS = 200


def measure(world: World) -> list[Row]:
    """Tickets of every age, three to a plate, one in ten still owed."""
    paid, owed = factories.make_violation(factories.make_vehicle()), factories.make_violation()
    assert paid.charge is not None
    pay(paid.charge.pk, world.resident)
    paid.refresh_from_db()
    NoticeAddress.objects.create(violation=owed, name="Jo Poe", address="1 Main St\nTown ON")
    _grow(paid, owed, 0, FEW)
    few = _looks(world)
    _grow(paid, owed, FEW, world.rows)
    many = _looks(world)
    judged = [_judged(what, few[what], many[what], world.rows) for what in few]
    return [*judged, *_sweeps(world.rows), _pictures()]


def _grow(paid: Violation, owed: Violation, start: int, end: int) -> None:
    _clone_tickets(paid, "P", start, end)
    span = (start // OWED, end // OWED)
    _clone_tickets(owed, "O", *span)
    address = NoticeAddress.objects.get(violation=owed)
    key = f"{KEYS['O']} + g"
    clone(NoticeAddress, address.pk, (span[0] // OWED, span[1] // OWED), id=key, violation_id=key)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _clone_tickets(like: Violation, kind: str, start: int, end: int) -> None:
    key, span = f"{KEYS[kind]} + g", (start, end)
    day = "now() - (g % 2000) * interval '1 day' - g % 1440 * interval '1 minute'"
    clone(Charge, like.charge_id, span, id=key, code=f"'{kind}X' || {LETTERS.format(width=10)}", created_at=day)
    own = {
        "number": f"'{kind}-' || (10000000 + g)",
        "plate": f"'P' || translate(lpad((g / {A_PLATE})::text, 8, '0'), '0123456789', 'BCDFGHJKLM')",
        "lot_id": "(SELECT min(id) FROM permits_lot) + g % 6",
        "charge_id": key,
        "issued_at": day,
        "entered_at": day,
    }
    clone(Violation, like.pk, span, id=key, **own)
    event = ViolationEvent.objects.filter(violation=like).latest("pk")
    clone(ViolationEvent, event.pk, span, id=key, violation_id=key, at=day)


def _looks(world: World) -> dict[str, tuple[Look, bool]]:
    """Each at its best of several times, and whether the goal for searches holds, too."""
    ticket = Violation.objects.get(number="O-10000123")
    office, staff = "/admin/violations/violation/", world.staff_session
    pages = {
        "Office: list": (office, False),
        "Office: list, still owed": (f"{office}?state__exact=open", False),
        "Office: list, a lot": (f"{office}?lot__id__exact={ticket.lot_id}", False),
        "Office: list, second page": (f"{office}?p=2", False),
        "Office: search, a plate": (f"{office}?q={PLATE}", True),
        "Office: search, beginning of a plate": (f"{office}?q={PLATE[:6]}", True),
        "Office: search, a number": (f"{office}?q=P-10001234", True),
        "Office: a ticket": (f"{office}{ticket.pk}/change/", False),
        "Office: what waits": ("/admin/", False),
    }
    found = {name: (look(staff, path), search) for name, (path, search) in pages.items()}
    guest = guest_session(ticket.number)
    found["Ticket page of a guest"] = (look(guest, f"/tickets/{ticket.number}/"), False)
    found["Other tickets of the plate"] = (look(guest, f"/tickets/{ticket.number}/plate/"), False)
    found["A person's search, a plate"] = (best_of(lambda: find_tickets(PLATE)), True)
    found["A person's search, a number"] = (best_of(lambda: find_tickets(ticket.number)), True)
    found["Twins of a new ticket"] = (best_of(lambda: found_before(ticket, key=uuid4())), True)
    return found


def _judged(what: str, few: tuple[Look, bool], many: tuple[Look, bool], rows: int) -> Row:
    (less, search), (more, _search) = few, many
    ratio = more.total / less.total
    reached = ratio <= GOAL_RATIO and more.queries == less.queries and (not search or more.sql < GOAL_SQL_MS)
    return Row(
        f"{what}, {rows:,} tickets against {FEW:,}",
        f"{more.total:.1f} ms, SQL {more.sql:.1f} ms, {more.queries} queries",
        f"few: {less.total:.1f} ms, SQL {less.sql:.1f} ms, {less.queries} queries",
        ratio,
        "≤ 1.50, same queries" + (f", SQL < {GOAL_SQL_MS} ms" if search else ""),
        reached,
    )


def _sweeps(rows: int) -> list[Row]:
    """What runs every half hour, or when the office asks what waits for a letter or the agency."""
    factories.change_office(collections_days=30, notice_new=True, notice_overdue=True, notice_last_days=30)
    at = timezone.now() + timedelta(days=1)
    work: dict[str, Callable[[], object]] = {
        "Amounts that rise": lambda: due_tickets(at=at),
        **{f"Notices due: {step}": partial(_due, step, at) for step in NoticeStep},
        "Tickets that wait for a letter": lambda: without_mail(NoticeStep.OVERDUE, at=at).count(),
        "Tickets ready for the agency": lambda: ready_sum(at=at),
    }
    found = {what: best_of(act) for what, act in work.items()}
    return [
        Row(
            f"{what}, {rows:,} tickets",
            f"{one.total:.0f} ms, {one.queries} queries",
            goal=f"≤ {SWEEP_SECONDS} s",
            reached=one.total <= SWEEP_SECONDS * 1000,
        )
        for what, one in found.items()
    ]


def _due(step: NoticeStep, at: datetime) -> int:
    return due_for(step, at=at)[:500].count()


def _pictures() -> Row:
    """What a worker does with one photo of a phone, twelve megapixels when it was taken: read, draw, keep."""
    stream = io.BytesIO()
    Image.effect_noise((4000, 3000), 60).convert("RGB").save(stream, "JPEG", quality=85)
    appeal = factories.make_appeal(factories.make_user())
    add_evidence(appeal, files=[SimpleUploadedFile("p.jpg", stream.getvalue(), "image/jpeg")])
    file = AppealFile.objects.get(appeal=appeal)

    def draw() -> None:
        AppealFile.objects.filter(pk=file.pk).update(seen_at=None, thumb="")
        assert look_at(file.pk)

    took = best_of(draw).total
    return Row(
        "Small picture of evidence",
        f"{took:.0f} ms",
        f"stored: {file.size / 1_000_000:.1f} MB",
        goal=f"≤ {GOAL_PICTURE_MS} ms",
        reached=took <= GOAL_PICTURE_MS,
    )
