"""The only code that writes forms and what is submitted."""
