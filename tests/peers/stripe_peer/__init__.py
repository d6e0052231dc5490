"""A strict stand-in for api.stripe.com and Stripe's hosted Checkout page.

Ours, written from Stripe's public documents and from the parameter types of the installed official SDK; Stripe itself was
never reached from here. What the peer does not model it refuses, with a 400 that says so, rather than ignoring it.
"""
