"""A person's history: everything that happened, from every app, on one line of time (HIST-1)."""
