"""Who did what, for whom, from what to what, and why: on each object's page, and as a report."""
