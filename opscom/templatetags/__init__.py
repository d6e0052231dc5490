"""The portal's template tags; built in, no page loads them."""
