"""The demo's facts and weights (office.toml, people.toml), and how one draws from them."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

FOLDER = Path(__file__).resolve().parent


@cache
def office_facts() -> dict[str, Any]:
    """Lots, prices, offences, settings."""
    return _read("office.toml")


@cache
def people_facts() -> dict[str, Any]:
    """Names, weights, plate shapes, logins."""
    return _read("people.toml")


def draw(rng: Random, weights: Mapping[str, int]) -> str:
    """One key, as often as its weight says."""
    return rng.choices(list(weights), list(weights.values()))[0]


def draw_weight(rng: Random, name: str) -> str:
    """One key of that table of people.toml."""
    return draw(rng, people_facts()["weights"][name])


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text())
