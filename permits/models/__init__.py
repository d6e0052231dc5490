"""Rows about lots and permits."""

from permits.models.ban import PermitBan
from permits.models.checking import PlateCheck, PlateToken
from permits.models.household import Household, HouseholdMember, HouseholdStep
from permits.models.import_run import PermitImport
from permits.models.lot import Lot, LotBlock, LotCover, LotGroup, SpaceKind
from permits.models.number import PermitNumber
from permits.models.parkme import TextConversation, TextConversationEvent
from permits.models.permit import Permit, PermitEvent, PermitVehicle
from permits.models.printing import PermitCopy, PrintBatch, PrintItem, Reprint
from permits.models.rate import HourPrice
from permits.models.sale import PermitType, SalesWindow, WindowPrice
from permits.models.tag import HangTag, HangTagEvent
from permits.models.term import PermitTerm, PermitTermEvent, RolloverItem, RolloverRun
from permits.models.visitor import HourBlock, HourEntry, VisitorPlate
from permits.models.waitlist import Waitlist, WaitlistEntry, WaitlistEntryEvent, WaitlistOffer, WaitlistOfferEvent

__all__ = [
    "HangTag",
    "HangTagEvent",
    "HourBlock",
    "HourEntry",
    "HourPrice",
    "Household",
    "HouseholdMember",
    "HouseholdStep",
    "Lot",
    "LotBlock",
    "LotCover",
    "LotGroup",
    "Permit",
    "PermitBan",
    "PermitCopy",
    "PermitEvent",
    "PermitImport",
    "PermitNumber",
    "PermitTerm",
    "PermitTermEvent",
    "PermitType",
    "PermitVehicle",
    "PlateCheck",
    "PlateToken",
    "PrintBatch",
    "PrintItem",
    "Reprint",
    "RolloverItem",
    "RolloverRun",
    "SalesWindow",
    "SpaceKind",
    "TextConversation",
    "TextConversationEvent",
    "VisitorPlate",
    "Waitlist",
    "WaitlistEntry",
    "WaitlistEntryEvent",
    "WaitlistOffer",
    "WaitlistOfferEvent",
    "WindowPrice",
]
