"""What reports about money can be narrowed to."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import UserType
from opscom.lib.reports import Filter
from payments.models import LedgerCode, PaymentMethod, Tax
from payments.payables import kind_choices


def of_kind(column: str) -> Filter:
    """One kind of item."""
    return Filter("kind", _("Item"), kind_choices, column)


def of_user_type(column: str) -> Filter:
    """What one type of users pays; guests have none."""
    return Filter("user_type", _("User type"), UserType.objects.all(), column)


def of_method(column: str, *, listed: str = "") -> Filter:
    """One payment method."""
    return Filter("method", _("Method"), PaymentMethod.objects.all(), column, listed=listed, by="code")


def _codes() -> list[tuple[str, str]]:
    tables = (LedgerCode, PaymentMethod, Tax)
    each = [model.objects.order_by().values_list("ledger_code", flat=True) for model in tables]
    return [(code, code) for code in sorted(each[0].union(*each[1:])) if code]


def _taxes() -> list[tuple[str, str]]:
    return [(name, name) for name in sorted({tax.name for tax in Tax.objects.all()})]


CODE = Filter("code", _("Ledger code"), _codes)
TAX = Filter("tax", _("Tax"), _taxes)
PROVIDER = Filter("provider", _("Provider"), lambda: [(name, name) for name in settings.CARD_PROVIDERS], "provider")
