"""A strict stand-in for Bambora / Worldline North America: hosted page, order-number question, REST API, profiles, report.

Ours, written from the vendor's public documents; the vendor was never reached from here. What it does not model it refuses.
"""
