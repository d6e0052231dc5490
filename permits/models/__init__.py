"""Rows about lots and permits."""

from permits.models.lot import Lot, LotBlock, LotGroup, SpaceKind
from permits.models.permit import Permit, PermitEvent, PermitVehicle
from permits.models.sale import PermitType, SalesWindow, WindowPrice
from permits.models.term import PermitTerm, PermitTermEvent, RolloverItem, RolloverRun

__all__ = [
    "Lot",
    "LotBlock",
    "LotGroup",
    "Permit",
    "PermitEvent",
    "PermitTerm",
    "PermitTermEvent",
    "PermitType",
    "PermitVehicle",
    "RolloverItem",
    "RolloverRun",
    "SalesWindow",
    "SpaceKind",
    "WindowPrice",
]
