"""Pages that mix domains, and those that belong to none."""
