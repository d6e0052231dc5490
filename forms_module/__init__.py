"""The forms module: what an office asks with its own forms. Its models arrive with the forms feature; today it holds its floor."""
