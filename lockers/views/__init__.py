"""Pages of lockers."""
