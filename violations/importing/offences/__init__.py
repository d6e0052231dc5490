"""Offences from the catalogue of a city or a university, or from the office's own spreadsheet."""
