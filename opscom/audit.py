"""What the audit trail watches: everything that staff configure. Domain history has event rows of its own."""

from typing import Any

from auditlog.registry import auditlog
from django.apps import apps
from django.utils.translation import gettext_noop as _

WATCHED = {
    "opscom": "SystemSettings",
    "accounts": "Company CompanyMembership EmailCategory MailTemplate Wording ProfilePolicy UserType",
    "forms_module": "FormField",
    "payments": "BookLock LedgerCode OfficeArrangement PaymentMethod Tax",
    "lockers": "Locker LockerPrice LockerWindow",
    "permits": "HourPrice Household HouseholdMember HouseholdStep LotBlock LotCover LotGroup PermitBan PermitNumber PermitType"
    " Waitlist WindowPrice",
    "violations": "CannedText ClosedDay EscalationStep ExemptPlate Offence OffenceCategory RepeatAmount",
}
# What a row must not tell, or tells of other rows.
IN_PART: dict[str, dict[str, Any]] = {
    "auth.Group": {"m2m_fields": {"permissions"}},
    "accounts.User": {
        "include_fields": ["email", "is_staff", "is_active", "is_superuser", "user_type"],
        "m2m_fields": {"groups"},
    },
    "forms_module.FormDefinition": {"m2m_fields": {"user_types"}},
    "lockers.LockerSite": {"m2m_fields": {"user_types"}},
    "opscom.ReportSchedule": {"m2m_fields": {"recipients"}},
    "payments.TaxExemption": {"m2m_fields": {"taxes"}},
    "permits.Lot": {"exclude_fields": ["password"]},
    "permits.SalesWindow": {"m2m_fields": {"user_types"}},
    "permits.PlateToken": {"exclude_fields": ["key", "digest"]},
    "violations.Boot": {"exclude_fields": ["sealed", "code"]},
}

# The library speaks no French and no Spanish, and some columns are called as their code says: translators find the words here.
WORDS = (
    *(_("create"), _("update"), _("delete"), _("access")),
    *(_("content type"), _("object pk"), _("object id"), _("object representation")),
    *(_("action"), _("change message"), _("actor"), _("actor email"), _("additional data")),
    *(_("remote address"), _("remote port"), _("timestamp"), _("Correlation ID")),
    *(_("log entry"), _("log entries"), _("Audit log"), _("Audit log: %s"), _("Resource")),
    *(_("Resource Type"), _("Changes"), _("Created"), _("User"), _("View")),
    *(_("Created {repr:s}"), _("Updated {repr:s}"), _("Deleted {repr:s}"), _("Logged {repr:s}")),
    _("Click to filter by records with this correlation id"),
    *(_("digest"), _("key"), _("notified to"), _("offence"), _("recalled to"), _("version")),
)


def register_audited() -> None:
    """Register the office's configuration with the audit trail (who, when, from which value to which)."""
    for app, names in WATCHED.items():
        for name in names.split():
            auditlog.register(apps.get_model(app, name))
    for label, parts in IN_PART.items():
        auditlog.register(apps.get_model(label), **parts)
