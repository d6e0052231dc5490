"""The only code that writes tickets."""
