"""Random sequences of everything that may happen to money (tests/payments/machine.py): small and always the same ones in
`make test`, many and ever new ones in `make soak` (RUNS)."""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.payments.machine import Money

RUNS = int(os.environ.get("RUNS") or 0)
SMALL = settings(
    max_examples=RUNS or 8,
    stateful_step_count=40 if RUNS else 20,
    derandomize=not RUNS,
    database=None,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.django_db
@pytest.mark.rule(34, 42)
def test_books_are_whole_after_every_step() -> None:
    run_state_machine_as_test(Money, settings=SMALL)
