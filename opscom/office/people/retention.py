"""What does not stay of people who have left."""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from opscom.lib.office import office
from opscom.lib.retention import Retention
from opscom.office.people.closing import due_for_erasing


def _due(before: datetime) -> QuerySet[User]:
    return due_for_erasing(before + timedelta(days=office().retention_days))


def _erase(people: QuerySet[User]) -> None:
    """Each apart from the others, in a worker, which looks again whether it is due."""
    from opscom.office.tasks import erase_closed_account

    for pk in people.values_list("pk", flat=True):
        erase_closed_account.delay(user_id=pk)


RETENTIONS = (
    Retention(
        key="closed_accounts",
        records=_("Details of people who closed their account"),
        becomes=_("Name, addresses, plates and documents are erased. Payments and receipts stay, without the name."),
        setting="retention_days",
        due=_due,
        end=_erase,
    ),
)
