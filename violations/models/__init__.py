"""Rows about offences, tickets and boots."""

from violations.models.appeal import Appeal, AppealEvent, AppealFile, CannedText
from violations.models.association import Association
from violations.models.boot import Boot, BootAssignment, BootAssignmentEvent, BootEvent
from violations.models.collections import (
    CollectionsBatch,
    CollectionsCase,
    CollectionsCaseEvent,
    CollectionsPayment,
)
from violations.models.exempt_plate import ExemptPlate
from violations.models.import_run import ImportRun, OffenceImport
from violations.models.lookup import TicketLookup
from violations.models.lookup_batch import LookupBatch, LookupItem, NoticeAddress
from violations.models.notice import LetterBatch, LetterItem, NoticeStep, TicketNotice
from violations.models.offence import ClosedDay, EscalationStep, Offence, OffenceCategory, RepeatAmount
from violations.models.plate_code import PlateCode
from violations.models.series import NumberNote, TicketSeries
from violations.models.violation import LateFee, Violation, ViolationEvent, ViolationPhoto

__all__ = [
    "Appeal",
    "AppealEvent",
    "AppealFile",
    "Association",
    "Boot",
    "BootAssignment",
    "BootAssignmentEvent",
    "BootEvent",
    "CannedText",
    "ClosedDay",
    "CollectionsBatch",
    "CollectionsCase",
    "CollectionsCaseEvent",
    "CollectionsPayment",
    "EscalationStep",
    "ExemptPlate",
    "ImportRun",
    "LateFee",
    "LetterBatch",
    "LetterItem",
    "LookupBatch",
    "LookupItem",
    "NoticeAddress",
    "NoticeStep",
    "NumberNote",
    "Offence",
    "OffenceCategory",
    "OffenceImport",
    "PlateCode",
    "RepeatAmount",
    "TicketLookup",
    "TicketNotice",
    "TicketSeries",
    "Violation",
    "ViolationEvent",
    "ViolationPhoto",
]
