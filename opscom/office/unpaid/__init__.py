"""Permits and lockers that are held and not paid: what the clock would release, and the exceptions that the office makes."""
