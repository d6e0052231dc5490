"""Providers that charge and then time out: money moved there is money in our books, to the cent. A few runs over each
provider, always the same; in `make soak` (RUNS) as many over each as it says."""

import os

import pytest

from payments.services.ledger_check import find_problems
from tests.payments.providers.silence import Silence
from tests.payments.providers.worlds import WORLDS, World, over

RUNS = int(os.environ.get("RUNS") or 2)


@over()
@pytest.mark.parametrize("seed", range(RUNS))
@pytest.mark.rule(37)
def test_money_moved_there_is_money_in_our_books(world: World, seed: int) -> None:
    wire = WORLDS[world.provider.name].wire
    assert Silence(world, seed, wire).run() == []
    assert find_problems() == []
