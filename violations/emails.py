"""The messages of tickets."""

from accounts.models import User
from accounts.models.mail import MailKind
from accounts.services.mail import queue_mail_to
from violations.models import Violation


def send_plate_code_mail(user: User, violation: Violation, *, code: str, minutes: int) -> None:
    """The digits with which a guest pays all tickets of the plate."""
    context = {"code": code, "minutes": minutes, "violation": violation}
    queue_mail_to(user, MailKind.PLATE_CODE, context=context)
