"""Payment plans: who may have one, agreed, paid, kept or not."""
