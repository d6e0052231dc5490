"""Tickets in the office: written, decided, appealed, booted, imported. Each module registers what it shows."""

from violations.admin import appeals, boots, exempt_plates, imports, lookups, offences, tickets

__all__ = ["appeals", "boots", "exempt_plates", "imports", "lookups", "offences", "tickets"]
