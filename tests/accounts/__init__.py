"""People: registering, logging in, profile, mail."""
