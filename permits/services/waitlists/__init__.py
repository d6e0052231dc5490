"""Waiting for a place: join, be offered one, answer."""
