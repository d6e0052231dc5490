"""Many workers at one month, on PostgreSQL: it is charged once; with the control that it is not without the locks."""

import threading
import time
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from types import SimpleNamespace

import pytest
from django.utils import timezone

from payments.models import LedgerEntry
from permits.models import PermitTerm, RolloverItem
from permits.services import renewal, rollover, runs
from permits.services.renewal import collect_term, open_term
from tests.factories import make_user
from tests.payments.vault import Machine
from tests.permits.test_rollover import rolling
from tests.together import all_at_once, without_row_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.mark.rule(31)
def test_twelve_workers_renew_one_permit_once(vault: Machine) -> None:
    permit = rolling()
    all_at_once([partial(runs.renew, permit.pk, at=timezone.now())] * 12)
    assert (PermitTerm.objects.count(), vault.money) == (1, Decimal("77.00"))
    assert LedgerEntry.objects.filter(account="card").count() == 1
    assert vault.asked.count("charge_stored") == 1


def collect_at_once(vault: Machine) -> int:
    """Six workers at one owed month; answers how often the card was charged."""
    permit = rolling()
    term = open_term(permit.pk, at=timezone.now())
    vault.on_charge = lambda: time.sleep(0.2)
    all_at_once([partial(collect_term, term.pk)] * 6)
    return vault.asked.count("charge_stored")


@pytest.mark.rule(31)
def test_six_workers_try_one_owed_month_once(vault: Machine) -> None:
    assert collect_at_once(vault) == 1


def test_control_without_locks_more_than_one_worker_takes_it(vault: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[bool] = []
    claim = renewal._claim

    def slowly(pk: int, at: object) -> PermitTerm | None:
        term = claim(pk, at)  # type: ignore[arg-type]
        taken.append(term is not None)
        return None

    without_row_locks(monkeypatch)
    save = PermitTerm.save

    def late(self: PermitTerm, *args: object, **kwargs: object) -> None:
        time.sleep(0.2)
        save(self, *args, **kwargs)  # type: ignore[arg-type]

    permit = rolling()
    term = open_term(permit.pk, at=timezone.now())
    monkeypatch.setattr(PermitTerm, "save", late)
    monkeypatch.setattr(renewal, "_claim", slowly)
    all_at_once([partial(collect_term, term.pk)] * 6)
    assert sum(taken) > 1


def start_two_at_once(monkeypatch: pytest.MonkeyPatch, vault: Machine) -> tuple[int, Decimal]:
    """The daily run, which sees the permit due before staff leave it out and charges afterwards. How often the permit is left out,
    and what it brought."""
    permit = rolling(left=3)
    seen, left_out, write = threading.Event(), threading.Event(), RolloverItem.objects.bulk_create

    def leave_out() -> object:
        seen.wait(20)
        try:
            return runs.start_run(by=make_user(), without=[permit.pk], reason="Dispute")
        finally:
            left_out.set()

    def daily() -> object:
        run = runs.start_run(by=None)
        left_out.wait(20)
        return runs.go_on(run)

    def write_late(items: Iterable[RolloverItem]) -> object:
        listed = list(items)
        if [item.outcome for item in listed] == ["waiting"]:
            seen.set()
            left_out.wait(20)
        return write(listed)

    monkeypatch.setattr(RolloverItem.objects, "bulk_create", write_late)
    answers = all_at_once([leave_out, daily])
    assert [type(answer).__name__ for answer in answers] == ["RolloverRun", "bool"]
    return RolloverItem.objects.filter(outcome="left_out").count(), vault.money


def test_who_is_left_out_is_not_charged_by_a_run_that_began_before(
    monkeypatch: pytest.MonkeyPatch, vault: Machine
) -> None:
    assert start_two_at_once(monkeypatch, vault) == (1, Decimal(0))


def test_control_unless_it_is_asked_again_who_is_left_out_is_charged(
    monkeypatch: pytest.MonkeyPatch, vault: Machine
) -> None:
    nobody = SimpleNamespace(left_out_on=lambda day: RolloverItem.objects.none())
    monkeypatch.setattr(renewal, "RolloverItem", SimpleNamespace(objects=nobody))
    assert start_two_at_once(monkeypatch, vault) == (1, Decimal("77.00"))


def test_turned_off_while_it_is_charged_is_one_or_the_other(vault: Machine) -> None:
    permit = rolling()
    open_term(permit.pk, at=timezone.now())
    vault.on_charge = lambda: time.sleep(0.1)
    term = PermitTerm.objects.get()
    off: Callable[[], object] = partial(rollover.turn_rollover_off, permit, by=make_user())
    work: list[Callable[[], object]] = [partial(collect_term, term.pk), off]
    all_at_once(work)
    term.refresh_from_db()
    assert (term.state, vault.money) in [("paid", Decimal("77.00")), ("cancelled", Decimal(0))]
