"""Pages of appeals."""

from violations.views.appeals.appeal import open_status_link, request_appeal, show_appeal
from violations.views.appeals.lookup import associate_vehicle, lookup_tickets
from violations.views.appeals.mine import show_appeals
from violations.views.appeals.papers import show_evidence, show_evidence_thumb, show_letter

__all__ = [
    "associate_vehicle",
    "lookup_tickets",
    "open_status_link",
    "request_appeal",
    "show_appeal",
    "show_appeals",
    "show_evidence",
    "show_evidence_thumb",
    "show_letter",
]
