"""People in the office."""

from accounts.admin.addresses import AddressAdmin
from accounts.admin.people import UserAdmin

__all__ = ["AddressAdmin", "UserAdmin"]
