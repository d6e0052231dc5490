"""Tickets in the office: written, decided, appealed, booted, imported. Each module registers what it shows."""

from violations.admin import (
    appeals,
    boots,
    collections,
    exempt_plates,
    imports,
    letters,
    lookups,
    numbers,
    offence_imports,
    offences,
    tickets,
)

__all__ = [
    "appeals",
    "boots",
    "collections",
    "exempt_plates",
    "imports",
    "letters",
    "lookups",
    "numbers",
    "offence_imports",
    "offences",
    "tickets",
]
