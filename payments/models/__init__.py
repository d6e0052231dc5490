"""Rows of the payments core."""

from payments.models.charge import Charge, ChargeEvent
from payments.models.checkout import Checkout, CheckoutLine
from payments.models.ledger import LedgerEntry, Receipt, ReceiptSeries
from payments.models.payment import Payment, PaymentEvent
from payments.models.provider import ProviderEvent, SandboxSession

__all__ = [
    "Charge",
    "ChargeEvent",
    "Checkout",
    "CheckoutLine",
    "LedgerEntry",
    "Payment",
    "PaymentEvent",
    "ProviderEvent",
    "Receipt",
    "ReceiptSeries",
    "SandboxSession",
]
