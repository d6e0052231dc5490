"""The forms of tickets, appeals and boots."""
