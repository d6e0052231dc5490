"""The top floor."""
