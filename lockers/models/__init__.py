"""Rows about lockers."""

from lockers.models.combination import CombinationView, LockerCombination
from lockers.models.import_run import LockerImport
from lockers.models.locker import Locker
from lockers.models.sale import LockerPrice, LockerWindow
from lockers.models.site import LockerSite
from lockers.models.term import LockerTerm, LockerTermEvent

__all__ = [
    "CombinationView",
    "Locker",
    "LockerCombination",
    "LockerImport",
    "LockerPrice",
    "LockerSite",
    "LockerTerm",
    "LockerTermEvent",
    "LockerWindow",
]
