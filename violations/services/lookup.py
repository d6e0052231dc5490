"""A guest's way to a ticket: number and PIN in one field, throttled, answering an unknown number and a wrong PIN alike."""

import re
import secrets
from datetime import datetime, timedelta
from functools import lru_cache

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from opscom.lib.network import network_of
from opscom.lib.office import office
from opscom.lib.sealed import can_seal, seal, unseal
from violations.errors import LookupLocked, TicketNotFound
from violations.models import TicketLookup, Violation
from violations.services.numbering import PREFIX

# Who or what is counted, over how long, and how many times the office's tries it may take: short windows stop a machine,
# long ones a patient walker. A try that was turned away does not count, so a lock ends by itself.
LIMITS = (
    ("address", timedelta(minutes=15), 1),
    ("number", timedelta(minutes=15), 2),
    ("network", timedelta(minutes=15), 10),
    ("number", timedelta(days=1), 4),
    ("network", timedelta(days=1), 40),
)
NUMBER_LENGTH = 30
DASHES = re.compile(r"[\s\u2010-\u2015\u2212-]+")
LOOK_ALIKES = str.maketrans("OIL", "011")  # PINs have none of these letters
UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")


def normalise_number(text: str) -> str:
    """A ticket number as it is stored: capitals, one hyphen where there were spaces or dashes, nothing invisible."""
    return DASHES.sub("-", UNPRINTABLE.sub("", text).strip()).strip("-").upper()


def split_number(text: str, *, own: str = PREFIX) -> tuple[str, str]:
    """(number, PIN) of what was typed: TT-10133-3K, tt 10133 3k and TT101333K are one ticket; `own` is the office's prefix."""
    clean = normalise_number(text)
    number, _dash, pin = clean.rpartition("-")
    if len(pin) != 2:
        number, pin = clean[:-2].rstrip("-"), clean[-2:]
    for prefix in {PREFIX, own}:
        if re.fullmatch(rf"{prefix[:-1]}[0-9]+", number):
            number = f"{prefix}{number.removeprefix(prefix[:-1])}"
        if mistyped := re.search(rf"(?:^|-)({prefix}[0-9]+)(?:-|$)", number):
            number = mistyped[1]  # what stands around the number may be the PIN, which nobody writes down
    return number[:NUMBER_LENGTH], pin.translate(LOOK_ALIKES)


def find_ticket(text: str, *, address: str, at: datetime | None = None) -> Violation:
    """The ticket that number and PIN name.

    TicketNotFound for anything else, with one text and the same work whether the number exists or not. LookupLocked
    when this number, address or network has had too many wrong tries; then not even the right PIN is looked at.
    """
    at, rules = at or timezone.now(), office()
    number, pin = split_number(text, own=rules.ticket_prefix)
    network = network_of(address)
    # The try is written down and committed before it is judged, and every committed try is counted whatever its key: of
    # many at once the nth to commit sees n, so no more than allowed slip past the count.
    lookup = TicketLookup.objects.create(at=at, number=number, address=address, network=network, found=False)
    if _is_locked(lookup, rules.lookup_tries):
        TicketLookup.objects.filter(pk=lookup.pk).update(locked=True)
        raise LookupLocked(
            _("Too many tries. Wait 15 minutes, or call the office at %(phone)s.") % {"phone": rules.phone}
        )
    violation = Violation.objects.filter(number=number).first() if can_seal() else None
    kept = violation.sealed_pin if violation else _nobodys_pin(*settings.SEALING_KEYS)  # opened too: it takes as long
    right = secrets.compare_digest(pin.encode(), unseal(kept).encode())
    if violation is None or not right:
        raise TicketNotFound(
            _("We cannot find a ticket with this number and PIN. Check the last two characters on the paper.")
        )
    TicketLookup.objects.filter(pk=lookup.pk).update(found=True)
    return violation


@lru_cache(maxsize=2)
def _nobodys_pin(*_keys: str) -> str:
    """What is compared where there is no ticket, sealed like any PIN; no PIN that can be typed is equal to it."""
    return seal("no ticket")


def _is_locked(lookup: TicketLookup, allowed: int) -> bool:
    """More wrong tries than the office allows, this one counted, by any of the limits; one query."""
    wrong = TicketLookup.objects.filter(
        found=False, locked=False, at__gt=lookup.at - max(window for _f, window, _t in LIMITS)
    )
    related = wrong.filter(Q(number=lookup.number) | Q(network=lookup.network))
    counts = {
        f"n{index}": Count("pk", filter=Q(**{field: getattr(lookup, field), "at__gt": lookup.at - window}))
        for index, (field, window, _times) in enumerate(LIMITS)
    }
    found = related.aggregate(**counts)
    return any(found[f"n{index}"] > allowed * times for index, (_field, _window, times) in enumerate(LIMITS))
