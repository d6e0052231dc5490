"""What a run leaves out."""

import pytest

from tests import sample
from tests.sample import left_out_of

FEW = [f"test_few[{value}]" for value in range(2)]
MANY = [f"test_many[{value}]" for value in range(300)]
ALONE = "test_alone"


@pytest.fixture(autouse=True)
def _sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "FULL", False)
    monkeypatch.setenv("SEED", "1")


def test_three_repeats_of_four_are_left_out_where_there_are_many() -> None:
    left_out = left_out_of([ALONE, *FEW, *MANY], one_in=4)
    assert left_out < set(MANY)
    assert 200 < len(left_out) < 250


def test_one_of_each_stays() -> None:
    assert len(left_out_of(MANY, one_in=70_000)) == 299


def test_one_in_one_is_all_and_so_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    assert left_out_of(MANY, one_in=1) == set()
    monkeypatch.setattr(sample, "FULL", True)
    assert left_out_of(MANY, one_in=3) == set()


def test_another_seed_draws_others(monkeypatch: pytest.MonkeyPatch) -> None:
    before = left_out_of(MANY, one_in=3)
    monkeypatch.setenv("SEED", "2")
    assert left_out_of(MANY, one_in=3) != before
