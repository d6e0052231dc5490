"""Lockers in the office."""

from lockers.admin.importing import LockerImportAdmin
from lockers.admin.lockers import CombinationViewAdmin, LockerAdmin
from lockers.admin.sites import LockerSiteAdmin
from lockers.admin.terms import LockerTermAdmin
from lockers.admin.windows import LockerWindowAdmin

__all__ = [
    "CombinationViewAdmin",
    "LockerAdmin",
    "LockerImportAdmin",
    "LockerSiteAdmin",
    "LockerTermAdmin",
    "LockerWindowAdmin",
]
