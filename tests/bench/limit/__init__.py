"""The bare limit: as little Django as a page with a session, a user and some queries can do with."""
