"""The only code that writes payment rows.

Lock order everywhere: checkout, payment, charges by pk, receipt series, then the domain's own (lot, window, permits).
"""
