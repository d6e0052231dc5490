"""Permits in the office: what is sold and for how much, who holds and who waits. Each module registers what it shows."""

from permits.admin import (
    bans,
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
    "bans",
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
