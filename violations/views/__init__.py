"""Pages of tickets."""

from violations.views.boot import scan_boot, show_release
from violations.views.photo import show_photo
from violations.views.search import pay_ticket
from violations.views.ticket import guest_payment, show_ticket

__all__ = ["guest_payment", "pay_ticket", "scan_boot", "show_photo", "show_release", "show_ticket"]
