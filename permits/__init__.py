"""Lots, what is sold of them and when, and the permits that people hold."""
