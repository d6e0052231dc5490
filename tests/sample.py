"""What every run looks at, and what only some do: FULL=1 takes all, SEED draws another sample."""

import hashlib
import os

FULL = bool(os.environ.get("FULL"))


def is_drawn(name: str, *, one_in: int = 5) -> bool:
    """Whether this one is in the run's sample."""
    return FULL or lot_of(name) % one_in == 0


def lot_of(name: str) -> int:
    """What SEED draws for that name, from 0 to 65,535."""
    drawn = hashlib.sha256(f"{os.environ.get('SEED', '1')} {name}".encode()).digest()
    return int.from_bytes(drawn[:2], "big")
