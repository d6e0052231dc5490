"""Where paper about a ticket goes: to whoever owes it, or to the owner whom a registry named."""

from collections.abc import Iterable

from accounts.models import Address
from violations.models import Violation

KINDS = (Address.Kind.HOME, Address.Kind.MAILING)  # the latter wins


def addresses_of(tickets: Iterable[Violation]) -> dict[int, Address]:
    """The mailing address of each payer, else that of the home; by the payer's key. One query."""
    payers = [ticket.charge.payer_id for ticket in tickets if ticket.charge]
    found = Address.objects.filter(user__in=[pk for pk in payers if pk], kind__in=KINDS)
    return {row.user_id: row for row in sorted(found, key=lambda row: KINDS.index(Address.Kind(row.kind)))}


def name_and_address(ticket: Violation, addresses: dict[int, Address]) -> tuple[str, str]:
    """Both as they stand on an envelope, the address in lines; of a payer without one the e-mail address. Needs the charge
    with its payer, and the notice address."""
    payer = ticket.charge.payer if ticket.charge else None
    if payer:
        lines = addresses[payer.pk].lines if payer.pk in addresses else [payer.email]
        return payer.get_full_name()[:120], "\n".join(lines)[:400]
    where = getattr(ticket, "notice_address", None)
    return (where.name, where.address) if where else ("", "")
