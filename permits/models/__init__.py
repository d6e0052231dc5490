"""Rows about lots and permits."""

from permits.models.lot import Lot, LotBlock
from permits.models.permit import Permit, PermitEvent, PermitVehicle
from permits.models.sale import PermitType, SalesWindow, WindowPrice

__all__ = ["Lot", "LotBlock", "Permit", "PermitEvent", "PermitType", "PermitVehicle", "SalesWindow", "WindowPrice"]
