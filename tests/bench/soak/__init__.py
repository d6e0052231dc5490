"""A long mixed load while parts fail, and what must hold at the end (bin/soak)."""
