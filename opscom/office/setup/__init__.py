"""The office's configuration as a file that people read: written from the running office, compared with it, and taken in."""
