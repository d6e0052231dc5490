"""Load and trouble for some minutes, then quiet, then the accounts."""

import contextlib
import itertools
import os
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.test import override_settings
from django.utils import timezone

from accounts.models import Mail
from opscom.lib.office import office as office_settings
from opscom.lib.office import save_settings
from opscom.models import SystemSettings
from payments.models import Payment, ProviderEvent, Refund
from payments.services.reconcile import reconcile_payment, unsure_payments
from payments.services.refund_sending import reconcile_refund
from tests import factories
from tests.bench.load import Visitor
from tests.bench.orders import Buyer
from tests.bench.seed import seed_buyers, sessions_of
from tests.bench.soak.cashier import give_back
from tests.bench.soak.invariants import broken
from tests.bench.soak.office import Office
from tests.bench.soak.people import Diary, People
from tests.bench.soak.trouble import make_trouble
from tests.bench.web import prepare_portal
from violations.models import Violation

RESIDENTS, GUESTS = 4, 2
LOT_SPACES = (5, 20, 60, 100_000)
QUIET_SECONDS = 180
BATCH = 100
Item = TypeVar("Item")


def main() -> int:
    """1 where a promise does not hold."""
    minutes = float(os.environ.get("MINUTES") or 10)
    prepare_portal()
    save_settings(_patient_office())
    office, diary = Office(), Diary()
    try:
        office.start()
        _run(office, diary, time.monotonic() + minutes * 60)
        start = time.monotonic()
        quiet = _settle_down(office)
        print(f"At rest after {time.monotonic() - start:.0f} s.")  # noqa: T201
        office.stop()
        wrong = [
            *([] if quiet else ["not everything came to rest in time"]),
            *broken(office, diary.counts["trouble: worker"]),
            *diary.faults,
        ]
    finally:
        office.close()
    for what, count in sorted(diary.counts.items()):
        print(f"{count:7}  {what}")  # noqa: T201
    for words in wrong:
        print(f"BROKEN: {words}", file=sys.stderr)  # noqa: T201
    print("Every promise holds." if not wrong else f"{len(wrong)} promises do not hold.")  # noqa: T201
    return 1 if wrong else 0


def _run(office: Office, diary: Diary, until: float) -> None:
    windows = [factories.make_window(factories.make_lot(spaces=spaces)) for spaces in LOT_SPACES]
    people = People(office, diary, windows, Shared(_buyers(office)), Shared(_tickets()), until)
    with ThreadPoolExecutor(RESIDENTS + GUESTS + 2) as pool:
        acts = [pool.submit(make_trouble, office, diary, until=until), pool.submit(give_back, diary, until=until)]
        acts += [pool.submit(people.resident, seed) for seed in range(RESIDENTS)]
        acts += [pool.submit(people.guest, 100 + seed) for seed in range(GUESTS)]
        for act in acts:
            act.result()


class Shared(Iterator[Item]):
    """One supply for several threads."""

    def __init__(self, supply: Iterator[Item]) -> None:
        self.supply = supply
        self.lock = threading.Lock()

    def __next__(self) -> Item:
        with self.lock:
            try:
                return next(self.supply)
            finally:
                connection.close()  # of this thread


def _buyers(office: Office) -> Iterator[Buyer]:
    for number in itertools.count():
        people = seed_buyers(BATCH, f"s{number}x")
        keys = sessions_of([user for user, _vehicle in people])
        for key, (_user, vehicle) in zip(keys, people, strict=True):
            yield Buyer(Visitor(office.web.port, {settings.SESSION_COOKIE_NAME: key}), vehicle)


def _tickets() -> Iterator[Violation]:
    offence = factories.make_offence()
    while True:
        yield factories.make_violation(offence=offence)


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
        or Payment.objects.in_flight().exists()
        or _refunds_under_way().exists()
        or Payment.objects.filter(state=Payment.State.CONFIRMED, fulfilled_at=None, attention="").exists()
    )


def _refunds_under_way() -> QuerySet[Refund]:
    return Refund.objects.filter(state__in=Refund.UNDER_WAY, target=Refund.Target.CARD)


def _patient_office() -> SystemSettings:
    """Short holds, so that some lapse; guests who mistype nothing are not locked out."""
    row = office_settings()
    row.hold_minutes, row.lookup_tries, row.staff_email = 5, 20, "staff@example.test"
    return row
