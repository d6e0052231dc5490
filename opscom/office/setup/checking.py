"""What several rows together must be, as the office's pages ask it of them."""

from django.db import models

from forms_module.admin.questions import check_conditions
from forms_module.models import FormDefinition
from permits.admin.permits import check_calendar
from permits.admin.rates import check_week
from permits.models import PermitType, SalesWindow


def check_below(row: models.Model) -> None:
    """The rows that belong to this one make sense together. ValidationError."""
    if isinstance(row, SalesWindow):
        check_calendar(row, list(row.prices.values_list("from_day", flat=True)))
    if isinstance(row, FormDefinition):
        check_conditions(row.fields.filter(version=None))
    if isinstance(row, PermitType):
        check_week(row.hour_prices.values("weekdays", "from_hour", "until_hour"))
