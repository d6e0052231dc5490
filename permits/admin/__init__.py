"""Permits in the office: what is sold and for how much, who holds and who waits. Each module registers what it shows."""

from permits.admin import (
    closures,
    importing,
    lots,
    numbers,
    permits,
    plates,
    rollover,
    tags,
    texting,
    visitors,
    waitlists,
)

__all__ = [
    "closures",
    "importing",
    "lots",
    "numbers",
    "permits",
    "plates",
    "rollover",
    "tags",
    "texting",
    "visitors",
    "waitlists",
]
