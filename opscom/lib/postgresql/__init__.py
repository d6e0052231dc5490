"""Django's PostgreSQL with a quicker look at kept connections."""
