"""All unpaid tickets of one plate for a guest who has the PIN of one of them: opened by a code that goes to whoever answers
for the plate."""

import re
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.office import office
from violations.emails.tickets import send_plate_code_mail
from violations.errors import PlateCodeRefused
from violations.models import PlateCode, Violation
from violations.models.violation import ViolationQuerySet
from violations.services.escalate import apply_due
from violations.services.issue import vehicle_and_driver

CODE_LIFE = timedelta(minutes=15)
OPEN_FOR = timedelta(hours=1)
AGAIN_AFTER = timedelta(minutes=1)
MOST_A_DAY = 5
MOST_MISSES = 5
DIGITS = 6


@transaction.atomic
def send_plate_code(violation: Violation, *, at: datetime | None = None) -> PlateCode:
    """Mail a new code for the other tickets of this one's plate. Where nobody is known who answers for it, the same is said
    and no mail goes out. PlateCodeRefused for too many of them."""
    at = at or timezone.now()
    violation = Violation.objects.select_for_update(of=("self",)).select_related("charge__payer").get(pk=violation.pk)
    asked = PlateCode.objects.filter(violation__in=same_plate(violation), asked_at__gt=at - timedelta(days=1))
    times = list(asked.order_by("-asked_at").values_list("asked_at", flat=True)[:MOST_A_DAY])
    if times and times[0] > at - AGAIN_AFTER:
        raise PlateCodeRefused(_("A code is on its way. You can ask for another one in a minute."), code="cooldown")
    if len(times) == MOST_A_DAY:
        raise PlateCodeRefused(
            _("No more codes today for this plate. Enter each ticket with its PIN, or call the office at %(phone)s.")
            % {"phone": office().phone},
            code="throttled",
        )
    digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    row = PlateCode(violation=violation, user=who_answers(violation), asked_at=at)
    row.digest = _digest(row, digits)
    row.save()
    if row.user:
        send_plate_code_mail(row.user, violation, code=digits, minutes=CODE_LIFE // timedelta(minutes=1))
    return row


def enter_plate_code(violation: Violation, *, asked: str, typed: str, at: datetime | None = None) -> None:
    """Open the plate's tickets to the browser that holds `asked`, with the digits from the mail: once, within 15 minutes. A
    miss is counted and committed before it is refused."""
    at, typed = at or timezone.now(), re.sub(r"[\s-]", "", typed)
    with transaction.atomic():
        found = PlateCode.objects.select_for_update().filter(violation=violation, code=asked).first()
        row = found if found and _still_asks(found, at) else None
        right = row is not None and row.user_id is not None and constant_time_compare(row.digest, _digest(row, typed))
        if row:
            row.used_at = at if right else None
            row.misses += not right
            row.save(update_fields=["used_at", "misses"])
    if not right:
        raise PlateCodeRefused(
            _("This code does not match, or its 15 minutes are over. Enter it again, or send a new one."), code="wrong"
        )


def opened_plate(violation: Violation, asked: str, *, at: datetime) -> PlateCode | None:
    """The code with which that browser has opened the plate's tickets, for an hour."""
    used = PlateCode.objects.filter(violation=violation, code=asked, used_at__gt=at - OPEN_FOR)
    return used.select_related("violation").first()


def who_answers(violation: Violation) -> User | None:
    """Whom the office has on file for the ticket's plate: who owes it, else the primary driver of its vehicle."""
    payer = violation.charge.payer if violation.charge else None
    user = payer or vehicle_and_driver(violation)[1]
    return user if user and user.is_active else None


def tickets_of(row: PlateCode) -> ViolationQuerySet:
    """The unpaid tickets of the plate that the person owes, or nobody who is known; another person's stay theirs."""
    theirs = Q(charge__payer=None) | Q(charge__payer=row.user_id)
    return same_plate(row.violation).unpaid().filter(theirs)


def bring_up_to_date(row: PlateCode, *, at: datetime) -> bool:
    """Charge the late fees of the plate's tickets that are due and not charged yet. Answers whether there were any."""
    due = tickets_of(row).filter(next_change_on__lte=today(at)).order_by("charge_id")
    return any([apply_due(pk, at=at) for pk in due.values_list("pk", flat=True)])


def same_plate(violation: Violation) -> ViolationQuerySet:
    """The tickets of the same plate, province or state, and plate type; of a ticket without a plate only itself."""
    if not violation.plate:
        return Violation.objects.filter(pk=violation.pk)
    return Violation.objects.filter(
        plate=violation.plate, plate_region=violation.plate_region, plate_type=violation.plate_type
    )


def masked(address: str) -> str:
    """An e-mail address that its owner knows again and nobody else can read: k•••@e•••.test."""
    local, _at, domain = address.partition("@")
    host, dot, end = domain.rpartition(".")
    return f"{local[:1]}•••@{(host or domain)[:1]}•••{dot}{end if dot else ''}"


def _still_asks(row: PlateCode, at: datetime) -> bool:
    return row.used_at is None and row.misses < MOST_MISSES and at < row.asked_at + CODE_LIFE


def _digest(row: PlateCode, digits: str) -> str:
    return salted_hmac("violations.plate_code", f"{row.code}:{digits}", algorithm="sha256").hexdigest()
