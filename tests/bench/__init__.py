"""Measurements beside a bare Django (bin/bench) and the long mixed load (bin/soak). Nothing here is collected as a test."""
