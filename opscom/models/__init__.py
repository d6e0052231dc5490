"""What one office decides for itself. Every field says its effect; a change holds at once on every process."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from opscom.models.lockers import LockerFields
from opscom.models.office import OfficeFields
from opscom.models.parking import ParkingFields
from opscom.models.payments import PaymentFields
from opscom.models.people import PeopleFields
from opscom.models.permits import PermitFields
from opscom.models.reports import ReportDownload, ReportSchedule
from opscom.models.texts import TextFields
from opscom.models.violations import ViolationFields

__all__ = ["ReportDownload", "ReportSchedule", "SystemSettings"]


class SystemSettings(
    OfficeFields, PeopleFields, PermitFields, ParkingFields, PaymentFields, ViolationFields, LockerFields, TextFields
):
    """The single row (pk 1) of the office's choices. Read it through `opscom.lib.office.office()`."""

    class Meta:
        verbose_name = _("system settings")
        verbose_name_plural = _("system settings")
        constraints = [models.CheckConstraint(name="settings_single_row", condition=models.Q(pk=1))]

    def __str__(self) -> str:
        return self.office_name
