"""Lockers: sites, numbers, and who has one for how long."""
