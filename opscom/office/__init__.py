"""The office: what staff see first, across every app."""
