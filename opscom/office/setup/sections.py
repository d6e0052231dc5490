"""What belongs to a set-up file: each model that the office configures, and by what its rows are told apart there."""

from dataclasses import dataclass
from typing import Any

from django.db import models

from accounts.models import EmailCategory, MailTemplate, ProfilePolicy, UserType, Wording
from forms_module.models import FormDefinition, FormField
from lockers.models import LockerPrice, LockerSite, LockerWindow
from opscom.models import SystemSettings
from payments.models import LedgerCode, PaymentMethod, Tax
from permits.models import (
    HourPrice,
    HouseholdStep,
    Lot,
    LotCover,
    LotGroup,
    PermitNumber,
    PermitType,
    SalesWindow,
    Waitlist,
    WindowPrice,
)
from violations.models import CannedText, ClosedDay, EscalationStep, Offence, OffenceCategory, RepeatAmount


@dataclass(frozen=True)
class Section:
    """A model's rows under one `name` of the file. `key` names the columns that tell them apart; the office's one row of
    settings has none. Of `children`, rows that belong to a row, the name is the parent's accessor. `built_in` rows are made
    by the portal, and the office fills them in. `only`: values of the rows that count; the others are history. `written`: values
    of the rows that are written; the others stay with the office that has them."""

    name: str
    model: type[models.Model]
    key: tuple[str, ...] = ()
    children: tuple["Section", ...] = ()
    built_in: bool = False
    only: tuple[tuple[str, Any], ...] = ()
    written: tuple[tuple[str, Any], ...] = ()

    def counts(self, row: models.Model) -> bool:
        """It is configuration."""
        return all(getattr(row, name) == value for name, value in self.only)

    def writes(self, row: models.Model) -> bool:
        """Another office is told of it. A number that was lost would be a good one there."""
        return all(getattr(row, name) == value for name, value in self.written)


# In the order in which they refer to each other.
SECTIONS = (
    Section("settings", SystemSettings),
    Section("user_types", UserType, ("code",)),
    Section("profile_fields", ProfilePolicy, ("field", "user_type")),
    Section("email_categories", EmailCategory, ("code",), built_in=True),
    Section("mail_templates", MailTemplate, ("code",)),
    Section("texts", Wording, ("kind", "language")),
    Section("forms", FormDefinition, ("code",), (Section("fields", FormField, ("key",), only=(("version", None),)),)),
    Section("taxes", Tax, ("name", "from_day")),
    Section("payment_methods", PaymentMethod, ("code",)),
    Section("ledger_codes", LedgerCode, ("source", "key"), built_in=True),
    Section("lot_groups", LotGroup, ("name",)),
    Section("lots", Lot, ("code",)),
    Section("lot_covers", LotCover, ("lot", "also")),
    Section(
        "permit_types",
        PermitType,
        ("lot", "name"),
        (
            Section("steps", HouseholdStep, ("step",)),
            Section("hour_prices", HourPrice, ("weekdays", "from_hour")),
            Section("numbers", PermitNumber, ("number",), written=(("condition", PermitNumber.Condition.GOOD),)),
            Section("windows", SalesWindow, ("name", "valid_from"), (Section("prices", WindowPrice, ("from_day",)),)),
        ),
    ),
    Section("waitlists", Waitlist, ("name",)),
    Section("closed_days", ClosedDay, ("day",)),
    Section("offence_categories", OffenceCategory, ("name",)),
    Section(
        "offences",
        Offence,
        ("code",),
        (Section("steps", EscalationStep, ("after_days",)), Section("repeats", RepeatAmount, ("nth",))),
    ),
    Section("appeal_texts", CannedText, ("name",)),
    Section("locker_sites", LockerSite, ("parent", "name")),
    Section("locker_windows", LockerWindow, ("name", "valid_from"), (Section("prices", LockerPrice, ("site",)),)),
)
BY_MODEL = {section.model: section for section in SECTIONS}
