"""The only code that writes permits. Lock order: charge, lot, permit (after whatever payments has locked)."""
