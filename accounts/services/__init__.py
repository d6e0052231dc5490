"""The only code that writes accounts' rows."""
