"""The forms module: what an office asks with forms of its own."""
