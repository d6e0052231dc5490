"""Back-ups of the running portal, and the proof that one can be restored."""
