"""Payments in the office: everything to be seen, little to be changed, nothing to be deleted."""

from payments.admin.adjustments import AdjustmentAdmin
from payments.admin.bookkeeping import LedgerCodeAdmin
from payments.admin.books import ChargeAdmin, LedgerEntryAdmin, ProviderEventAdmin, ReceiptAdmin
from payments.admin.cards import CardSetupAdmin, OfficeArrangementAdmin, StoredCardAdmin
from payments.admin.control import BookLockAdmin, LedgerCheckAdmin
from payments.admin.differences import ComparisonAdmin, DifferenceAdmin
from payments.admin.drawers import CashDrawerAdmin
from payments.admin.methods import PaymentMethodAdmin
from payments.admin.payments import PaymentAdmin
from payments.admin.plans import PaymentPlanAdmin
from payments.admin.refunds import DisputeAdmin, RefundAdmin
from payments.admin.taxes import TaxAdmin, TaxExemptionAdmin

__all__ = [
    "AdjustmentAdmin",
    "BookLockAdmin",
    "CardSetupAdmin",
    "CashDrawerAdmin",
    "ChargeAdmin",
    "ComparisonAdmin",
    "DifferenceAdmin",
    "DisputeAdmin",
    "LedgerCheckAdmin",
    "LedgerCodeAdmin",
    "LedgerEntryAdmin",
    "OfficeArrangementAdmin",
    "PaymentAdmin",
    "PaymentMethodAdmin",
    "PaymentPlanAdmin",
    "ProviderEventAdmin",
    "ReceiptAdmin",
    "RefundAdmin",
    "StoredCardAdmin",
    "TaxAdmin",
    "TaxExemptionAdmin",
]
