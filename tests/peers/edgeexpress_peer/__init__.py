"""A strict stand-in for EdgeExpress: its hosted page by XML and its direct calls.

Ours, written from open client code; the vendor was never reached from here, and the official description is confidential. Its
test cards are not public: here 4111111111111111 is approved, and what a test asks for is declined. What the peer does not
model it refuses rather than ignoring it.
"""
