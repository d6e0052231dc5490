"""People in the office."""

from accounts.admin.addresses import AddressAdmin
from accounts.admin.companies import ActAsSessionAdmin, CompanyAdmin, CompanyMembershipAdmin
from accounts.admin.people import UserAdmin
from accounts.admin.preferences import EmailCategoryAdmin

__all__ = [
    "ActAsSessionAdmin",
    "AddressAdmin",
    "CompanyAdmin",
    "CompanyMembershipAdmin",
    "EmailCategoryAdmin",
    "UserAdmin",
]
