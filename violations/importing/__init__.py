"""Tickets from the files of other systems: read, judged row by row, and written in batches."""
