"""What an e-mail to many may say of each person's money."""

from collections.abc import Mapping
from decimal import Decimal

from django.db.models import F, Sum
from django.utils.translation import gettext_lazy as _

from opscom.lib.money import ZERO, rounded
from opscom.lib.wording import Blank
from payments.models import Charge

BALANCE = Blank("balance", _("What the person owes now"), Decimal("94.50"))


def balances(people: list[int]) -> Mapping[int, Decimal]:
    """What each of them owes. One query."""
    owed = Charge.objects.open().with_standing().filter(payer__in=people).order_by()
    sums = owed.values_list("payer").annotate(left=Sum(F("amount") - F("applied")))
    return dict.fromkeys(people, ZERO) | {payer: rounded(left) for payer, left in sums}
