"""What the audit trail watches: everything that staff configure. Domain history has event rows of its own."""

from auditlog.registry import auditlog


def register_audited() -> None:
    """Register the office's configuration with the audit trail (who, when, from which value to which)."""
    from accounts.models import Company, CompanyMembership, EmailCategory, MailTemplate, ProfilePolicy, User, UserType
    from forms_module.models import FormDefinition, FormField
    from lockers.models import Locker, LockerPrice, LockerSite, LockerWindow
    from opscom.models import SystemSettings
    from payments.models import BookLock, LedgerCode, OfficeArrangement, PaymentMethod, Tax, TaxExemption
    from permits.models import (
        HourPrice,
        Household,
        HouseholdMember,
        HouseholdStep,
        Lot,
        LotBlock,
        LotGroup,
        PermitNumber,
        PermitType,
        PlateToken,
        SalesWindow,
        Waitlist,
        WindowPrice,
    )
    from violations.models import (
        Boot,
        CannedText,
        ClosedDay,
        EscalationStep,
        ExemptPlate,
        Offence,
        OffenceCategory,
        RepeatAmount,
    )

    for model in (
        SystemSettings,
        Lot,
        LotBlock,
        LotGroup,
        PermitType,
        HourPrice,
        PermitNumber,
        Household,
        HouseholdMember,
        HouseholdStep,
        SalesWindow,
        WindowPrice,
        Locker,
        LockerPrice,
        LockerWindow,
        Waitlist,
        Offence,
        OffenceCategory,
        EscalationStep,
        RepeatAmount,
        ClosedDay,
        ExemptPlate,
        CannedText,
        PaymentMethod,
        BookLock,
        OfficeArrangement,
        Tax,
        LedgerCode,
        EmailCategory,
        MailTemplate,
        ProfilePolicy,
        UserType,
        Company,
        CompanyMembership,
    ):
        auditlog.register(model)
    auditlog.register(PlateToken, exclude_fields=["key", "digest"])
    auditlog.register(Boot, exclude_fields=["sealed", "code"])
    auditlog.register(FormField)
    auditlog.register(FormDefinition, m2m_fields={"user_types"})
    auditlog.register(LockerSite, m2m_fields={"user_types"})
    auditlog.register(TaxExemption, m2m_fields={"taxes"})
    auditlog.register(
        User, include_fields=["email", "is_staff", "is_active", "is_superuser", "user_type"], m2m_fields={"groups"}
    )
