"""What is looked at in every run, and what only in some."""

import hashlib
import os

ONE_IN = 5


def is_drawn(name: str) -> bool:
    """Whether this one is in the run's sample: all with FULL, otherwise a fifth that SEED draws."""
    if os.environ.get("FULL"):
        return True
    drawn = hashlib.sha256(f"{os.environ.get('SEED', '1')} {name}".encode()).digest()
    return drawn[0] % ONE_IN == 0
