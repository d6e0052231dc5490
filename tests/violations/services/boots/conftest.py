"""Fixtures of the boots' tests."""

import pytest


@pytest.fixture(autouse=True)
def _bank(bank: object) -> None:
    """Payments come from a provider that gives back what it is asked to."""
