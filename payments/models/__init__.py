"""Rows of the payments core."""

from payments.models.adjustment import Adjustment, AdjustmentEvent
from payments.models.books import BookLock, Comparison, Difference, LedgerCheck, OpeningBalance
from payments.models.card import (
    CardPurpose,
    CardSetup,
    CardSetupEvent,
    OfficeArrangement,
    StoredCard,
    StoredCardEvent,
)
from payments.models.charge import Charge, ChargeEvent
from payments.models.checkout import Checkout, CheckoutLine
from payments.models.codes import LedgerCode
from payments.models.dispute import Dispute, DisputeEvent
from payments.models.drawer import CashDrawer
from payments.models.ledger import LedgerEntry, Receipt, ReceiptSeries
from payments.models.method import PaymentMethod
from payments.models.pages import CardPage, SentRefund
from payments.models.payment import Payment, PaymentEvent
from payments.models.plan import Instalment, PaymentPlan, PaymentPlanEvent, PlanLine
from payments.models.provider import ProviderEvent, SandboxSession
from payments.models.refund import Refund, RefundEvent
from payments.models.sandbox import SandboxCard, SandboxCharge, SandboxRefund, SandboxSetup
from payments.models.tax import ChargeTax, Tax, TaxExemption

__all__ = [
    "Adjustment",
    "AdjustmentEvent",
    "BookLock",
    "CardPage",
    "CardPurpose",
    "CardSetup",
    "CardSetupEvent",
    "CashDrawer",
    "Charge",
    "ChargeEvent",
    "ChargeTax",
    "Checkout",
    "CheckoutLine",
    "Comparison",
    "Difference",
    "Dispute",
    "DisputeEvent",
    "Instalment",
    "LedgerCheck",
    "LedgerCode",
    "LedgerEntry",
    "OfficeArrangement",
    "OpeningBalance",
    "Payment",
    "PaymentEvent",
    "PaymentMethod",
    "PaymentPlan",
    "PaymentPlanEvent",
    "PlanLine",
    "ProviderEvent",
    "Receipt",
    "ReceiptSeries",
    "Refund",
    "RefundEvent",
    "SandboxCard",
    "SandboxCharge",
    "SandboxRefund",
    "SandboxSession",
    "SandboxSetup",
    "SentRefund",
    "StoredCard",
    "StoredCardEvent",
    "Tax",
    "TaxExemption",
]
