"""The messages of boots. They go to the address of whoever paid, else to the person who answers for the ticket."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from accounts.models.mail import MailKind
from accounts.services.mail import queue_mail
from opscom.lib.office import office
from payments.models import Charge
from violations.models import BootAssignment

if TYPE_CHECKING:
    from violations.services.boots.returning import Outcome


def language_of(assignment: BootAssignment) -> str:
    """The language of whoever gets its messages."""
    return _to(assignment)[1]


def account_of(assignment: BootAssignment) -> User | None:
    """The account whose address gets its messages; none where a guest paid."""
    return _to(assignment)[2]


def send_code(assignment: BootAssignment, code: str) -> None:
    """The release code, how to take the boot off, where to bring it and by when: once."""
    _send(assignment, MailKind.BOOT_CODE, key="code", context={"release_code": code})


def send_due(assignment: BootAssignment, *, late: bool) -> None:
    """It is due soon, or it is late."""
    _send(assignment, MailKind.BOOT_DUE, key="late" if late else "due", context={"late": late})


def send_ended(assignment: BootAssignment, outcome: "Outcome", *, reason: str) -> None:
    """It is back, or its deposit is kept: what becomes of the money."""
    _send(assignment, MailKind.BOOT_ENDED, key="ended", context={"outcome": outcome, "reason": reason})


def tell_staff(assignment: BootAssignment, charge: Charge, *, at: datetime) -> None:
    """Money for a boot that is gone was taken back, if the office named an address."""
    if not office().staff_email:
        return
    queue_mail(
        MailKind.BOOT_UNDONE,
        to=office().staff_email,
        language="en",
        key=f"boot-undone:{assignment.code}:{charge.code}:{at:%Y%m%d%H%M%S}",
        context={
            "boot": assignment.boot,
            "violation": assignment.violation,
            "charge": charge,
            "state": assignment.get_state_display(),
            "action_url": settings.BASE_URL + reverse("admin:violations_bootassignment_change", args=[assignment.pk]),
        },
    )


def _send(assignment: BootAssignment, kind: str, *, key: str, context: dict[str, Any]) -> None:
    to, language, user = _to(assignment)
    if not to:
        return
    queue_mail(
        kind,
        to=to,
        language=language,
        user=user,
        key=f"boot-{key}:{assignment.code}",
        context={
            "assignment": assignment,
            "violation": assignment.violation,
            "action_url": settings.BASE_URL + reverse("violations:release", args=[assignment.code]),
            **context,
        },
    )


def _to(assignment: BootAssignment) -> tuple[str, str, User | None]:
    """(address, language, account)."""
    checkout = assignment.checkout
    if checkout is not None and checkout.email:
        return checkout.email, checkout.language, checkout.user
    payer = assignment.violation.charge.payer if assignment.violation.charge else None
    return (payer.email, payer.language, payer) if payer else ("", settings.LANGUAGE_CODE, None)
