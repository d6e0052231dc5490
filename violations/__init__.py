"""Violations: offences, tickets, and the guest's way to them by number and PIN."""
