"""A living demo office: what `manage.py seed_demo` writes. Facts are restated in the catalogues beside this file."""
