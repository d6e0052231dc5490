"""What every run looks at, and what only some do: FULL=1 takes all, SEED draws another sample."""

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable

FULL = bool(os.environ.get("FULL"))
MANY = 3


def is_drawn(name: str, *, one_in: int = 5) -> bool:
    """Whether this one is in the run's sample."""
    return FULL or lot_of(name) % one_in == 0


def lot_of(name: str) -> int:
    """What SEED draws for that name, from 0 to 65,535."""
    drawn = hashlib.sha256(f"{os.environ.get('SEED', '1')} {name}".encode()).digest()
    return int.from_bytes(drawn[:2], "big")


def left_out_of(tests: Iterable[str], *, one_in: int) -> set[str]:
    """Of tests that run with three sets of values or more, all but one in so many; something of each stays."""
    repeats = defaultdict(list)
    for name in tests:
        repeats[name.partition("[")[0]].append(name)
    kept = {min(names, key=lot_of) for names in repeats.values()}
    many = [name for names in repeats.values() if len(names) >= MANY for name in names]
    return {name for name in many if name not in kept and not is_drawn(name, one_in=one_in)}
