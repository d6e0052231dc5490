"""Reports about money."""

from payments.reports.owed import Ageing, Held
from payments.reports.provider import Reconciliation
from payments.reports.receipts import ByCode, ByMethod, ByTax, MoneyMoved, Revenue
from payments.reports.refunds import Refunds

REPORTS = (ByMethod(), ByCode(), ByTax(), Revenue(), MoneyMoved(), Ageing(), Held(), Refunds(), Reconciliation())
