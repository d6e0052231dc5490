"""The messages of tickets."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from accounts.models import Mail, User
from accounts.models.mail import MailKind
from accounts.services.mail import queue_mail_to
from violations.models import Violation
from violations.notice_words import new_time_words
from violations.services.debts import price_of
from violations.verification import verify_address


def send_plate_code_mail(user: User, violation: Violation, *, code: str, minutes: int) -> None:
    """The digits with which a guest pays all tickets of the plate."""
    queue_mail_to(user, MailKind.PLATE_CODE, context={"code": code, "minutes": minutes, "violation": violation})


def send_ticket_notice(violation: Violation, step: str, *, at: datetime) -> Mail | None:
    """One step of the escalation, to whoever owes the ticket. Needs its charge with the payer."""
    charge = violation.charge
    if charge is None or charge.payer is None:
        return None
    with override(charge.payer.language):
        new_time = new_time_words(step)
    context = {
        "violation": violation,
        "charge": charge,
        "new_time": new_time,
        "step": step,
        "price": price_of(violation, at),
        "verify_url": verify_address(violation),
        "action_url": settings.BASE_URL + reverse("violations:ticket", args=[violation.number]),
    }
    key = f"notice:{violation.pk}:{step}"
    return queue_mail_to(charge.payer, MailKind.TICKET_NOTICE, key=key, context=context)
