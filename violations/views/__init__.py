"""Pages of tickets."""

from violations.views.photo import show_photo
from violations.views.search import pay_ticket
from violations.views.ticket import guest_payment, show_ticket

__all__ = ["guest_payment", "pay_ticket", "show_photo", "show_ticket"]
