"""The only code that writes appeals."""
