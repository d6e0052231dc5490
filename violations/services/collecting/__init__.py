"""Tickets at a collection agency: sent, paid, recalled."""
