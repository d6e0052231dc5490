"""Random sequences of everything that may happen to money (tests/payments/machine.py), over each provider: small and always
the same ones in `make test`, many and ever new ones over each in `make soak` (RUNS)."""

import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.payments.machine import Money
from tests.payments.providers.worlds import WORLDS, World, over

DONE = ("captured", "refunded", "credited")
RUNS = int(os.environ.get("RUNS") or 0)


@over()
@pytest.mark.rule(34, 42)
def test_books_are_whole_after_every_step(world: World) -> None:
    wire = WORLDS[world.provider.name].wire
    small = settings(
        max_examples=RUNS or (3 if wire else 5),
        stateful_step_count=40 if RUNS else 20,
        derandomize=not RUNS,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )

    done = Counter[str]()

    class Here(Money):
        """The machine at this provider."""

        def __init__(self) -> None:
            super().__init__(world, wire=wire, done=done)

    run_state_machine_as_test(Here, settings=small)
    print(f"{world.provider.name}: {dict(done)}")  # noqa: T201
    assert done["runs"] >= (RUNS or 3)
    assert [what for what in DONE if done[what] < done["runs"]] == []  # where nothing happens, nothing is proved
