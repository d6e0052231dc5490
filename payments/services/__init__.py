"""The only code that writes payment rows.

Lock order everywhere: cash drawer, checkout, payment, charges by pk, adjustments by pk, receipt series, then the domain's own (lot, window, permits).
"""
