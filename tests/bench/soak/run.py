"""Load and trouble for some minutes, then quiet, then the accounts."""

import contextlib
import itertools
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TypeVar

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.test import override_settings
from django.utils import timezone
from servers import Servers

from accounts.models import Mail, TextMessage
from opscom.lib.office import office as office_settings
from opscom.lib.office import save_settings
from opscom.models import SystemSettings
from payments.models import Payment, ProviderEvent, Refund
from payments.services.reconcile import reconcile_payment, unsure_payments
from payments.services.refund_sending import reconcile_refund
from permits.models import TextConversation
from tests import factories
from tests.bench.load import Visitor
from tests.bench.orders import Buyer
from tests.bench.seed import seed_buyers, sessions_of
from tests.bench.soak.diary import DatabaseGone, Diary, patient
from tests.bench.soak.faults import make_faults
from tests.bench.soak.invariants import proofs
from tests.bench.soak.office import Office
from tests.bench.soak.people import People
from tests.bench.soak.phones import drive
from tests.bench.soak.staff import Staff
from tests.bench.soak.trouble import make_trouble
from tests.bench.web import prepare_portal
from tests.peers.sms_driver import NUMBER
from tests.permits.parkme.driver import text_lot
from violations.models import Violation

RESIDENTS, GUESTS = 4, 2
LOT_SPACES, WITH_WAITLIST = (2, 10, 60, 100_000), 2
MINUTES = {False: 10.0, True: 5.0}
QUIET_SECONDS = 240
BATCH = 100
Item = TypeVar("Item")


def main(servers: Servers, *, killing: bool) -> int:
    """1 where a promise does not hold. `killing` whole parts is `make faults`, else they only fail a little."""
    minutes = float(os.environ.get("MINUTES") or MINUTES[killing])
    prepare_portal()
    save_settings(_patient_office())
    office, diary = Office(servers), Diary()
    try:
        office.start()
        make = partial(make_faults if killing else make_trouble, office, diary)
        wrong = [*_lived(office, diary, make, minutes=minutes), *diary.faults]
    finally:
        office.close()
    for what, count in sorted(diary.counts.items()):
        print(f"{count:7}  {what}")  # noqa: T201
    slowest = sorted(diary.seconds) or [0.0]
    print(f"Answers: half within {slowest[len(slowest) // 2]:.2f} s, the slowest {slowest[-1]:.1f} s.")  # noqa: T201
    for words in wrong:
        print(f"BROKEN: {words}", file=sys.stderr)  # noqa: T201
    print("Every promise holds." if not wrong else f"{len(wrong)} promises do not hold.")  # noqa: T201
    return 1 if wrong else 0


def _lived(office: Office, diary: Diary, make: Callable[..., list[str]], *, minutes: float) -> list[str]:
    """The day, its rest and its accounts; what does not hold. Without a database nothing more can be asked."""
    try:
        wrong = _run(office, diary, partial(make, until=time.monotonic() + minutes * 60))
        start = time.monotonic()
        if not patient(partial(_settle_down, office)):
            wrong.append("not everything came to rest in time")
        print(f"\nAt rest after {time.monotonic() - start:.0f} s.\n")  # noqa: T201
        office.stop()
        return wrong + _proven(office, diary, minutes=minutes)
    except DatabaseGone as gone:
        return [str(gone)]


def _proven(office: Office, diary: Diary, *, minutes: float) -> list[str]:
    """Print each proof; what does not hold."""
    print("| what must hold | |\n|---|---|")  # noqa: T201
    found = proofs(office, diary, minutes=minutes)
    for name, wrong in found.items():
        print(f"| {name} | {f'**broken {len(wrong)} times**' if wrong else 'holds'} |")  # noqa: T201
    return [words for wrong in found.values() for words in wrong]


def _run(office: Office, diary: Diary, make: Callable[[], list[str]]) -> list[str]:
    """The day goes on in threads while trouble is made in this one; what never recovered."""
    windows = [factories.make_window(factories.make_lot(spaces=spaces)) for spaces in LOT_SPACES]
    for window in windows[:WITH_WAITLIST]:
        factories.make_waitlist(window, only_when_full=True)
    text_lot("Text Lot", spaces=100_000)
    people = People(office, diary, windows, Shared(_Buyers(office)), Shared(_Tickets()))
    staff = Staff(people, factories.make_user(is_staff=True, is_superuser=True))
    acts: list[Callable[[], None]] = [staff.work, partial(people.waiting, 200), partial(drive, people, 300)]
    acts += [partial(people.resident, seed) for seed in range(RESIDENTS)]
    acts += [partial(people.guest, 100 + seed) for seed in range(GUESTS)]
    with ThreadPoolExecutor(len(acts)) as pool:
        days = [pool.submit(act) for act in acts]
        try:
            wrong = make()
        finally:
            people.over.set()
        for day in days:
            day.result()
    connection.close()  # its server may have been killed
    return wrong


class Shared(Iterator[Item]):
    """One supply for several threads, which waits while the database is away."""

    def __init__(self, supply: Iterator[Item]) -> None:
        self.supply = supply
        self.lock = threading.Lock()

    def __next__(self) -> Item:
        with self.lock:
            try:
                return patient(lambda: next(self.supply))
            finally:
                connection.close()  # of this thread


class _Buyers(Iterator[Buyer]):
    """New residents, made a hundred at a time. No generator: one that fails once has ended."""

    def __init__(self, office: Office) -> None:
        self.port = office.web.port
        self.batches = itertools.count()
        self.ready: list[Buyer] = []

    def __next__(self) -> Buyer:
        if not self.ready:
            people = seed_buyers(BATCH, f"s{next(self.batches)}x")
            keys = sessions_of([user for user, _vehicle in people])
            self.ready = [
                Buyer(Visitor(self.port, {settings.SESSION_COOKIE_NAME: key}), vehicle)
                for key, (_user, vehicle) in zip(keys, people, strict=True)
            ]
        return self.ready.pop()


@dataclass
class _Tickets(Iterator[Violation]):
    """New tickets for one and the same thing."""

    def __post_init__(self) -> None:
        self.offence = factories.make_offence()

    def __next__(self) -> Violation:
        return factories.make_violation(offence=self.offence)


def _settle_down(office: Office) -> bool:
    """Let the provider close what was left open, and wait until webhooks, mail and attempts have all come to an end.
    The worker does it; only the two minutes for which a sweep leaves a fresh attempt alone are cut short here."""
    office.peer.control("clock", seconds=3600)
    with contextlib.suppress(AssertionError):
        office.peer.drain()
    own = {name: office.environment[name] for name in ("BASE_URL", "STRIPE_API_BASE")}
    end = time.monotonic() + QUIET_SECONDS
    with override_settings(**own):
        while time.monotonic() < end:
            for pk in unsure_payments(at=timezone.now() + timedelta(hours=1)):
                reconcile_payment(Payment.objects.select_related("checkout").get(pk=pk))
            for refund in _refunds_under_way().select_related("payment__checkout"):
                reconcile_refund(refund)
            if not _under_way():
                return True
            time.sleep(2)
    return False


def _under_way() -> bool:
    """Is anything left to do?"""
    return (
        ProviderEvent.objects.filter(outcome=ProviderEvent.Outcome.RECEIVED).exists()
        or Mail.objects.filter(state=Mail.State.QUEUED).exists()
        or TextMessage.objects.filter(state=TextMessage.State.QUEUED).exists()
        or TextConversation.objects.filter(state="paying").exists()
        or Payment.objects.in_flight().exists()
        or _refunds_under_way().exists()
        or Payment.objects.filter(state=Payment.State.CONFIRMED, fulfilled_at=None, attention="").exists()
    )


def _refunds_under_way() -> QuerySet[Refund]:
    return Refund.objects.filter(state__in=Refund.UNDER_WAY, target=Refund.Target.CARD)


def _patient_office() -> SystemSettings:
    """Short holds, so that some lapse; guests who mistype nothing are not locked out; cards may pay parking by text."""
    row = office_settings()
    row.hold_minutes, row.lookup_tries, row.staff_email = 5, 20, "staff@example.test"
    row.stored_cards_for_parking, row.permit_disclaimer = True, ""
    row.text_gateway, row.text_keywords, row.text_number = "twilio", "app", NUMBER
    return row
