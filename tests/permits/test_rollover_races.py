"""Many workers at one month, on PostgreSQL: it is charged once; with the control that it is not without the locks."""

import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest
from django.utils import timezone

from payments.models import LedgerEntry
from permits.models import PermitTerm
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
