"""Pages of tickets."""

from violations.views.boot import scan_boot, show_release
from violations.views.instalments import plan_ticket
from violations.views.photo import show_photo
from violations.views.plate import ask_for_code, pay_plate, show_plate
from violations.views.search import pay_ticket
from violations.views.ticket import guest_payment, show_ticket

__all__ = [
    "ask_for_code",
    "guest_payment",
    "pay_plate",
    "pay_ticket",
    "plan_ticket",
    "scan_boot",
    "show_photo",
    "show_plate",
    "show_release",
    "show_ticket",
]
