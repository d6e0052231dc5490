"""People in the office."""

from accounts.admin.addresses import AddressAdmin
from accounts.admin.companies import ActAsSessionAdmin, CompanyAdmin, CompanyMembershipAdmin
from accounts.admin.people import UserAdmin

__all__ = ["ActAsSessionAdmin", "AddressAdmin", "CompanyAdmin", "CompanyMembershipAdmin", "UserAdmin"]
