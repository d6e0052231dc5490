"""Payments that a person must look at."""

from django.utils.formats import date_format
from django.utils.translation import gettext

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.dealing import note_deed
from payments.models import Payment

LONGEST = Payment._meta.get_field("note").max_length or 0


def flag_payment(pk: int, attention: str, note: str = "", *, about: str = "") -> None:
    """Put the payment on the staff's list. The mail to the office goes out once a payment, reason and what it is about;
    a payer with a surplus is told as well how to get it."""
    from payments import emails

    payment = Payment.objects.select_related("checkout").get(pk=pk)
    payment.attention = Payment.Attention(attention)
    payment.note = note[:LONGEST]
    payment.save(update_fields=["attention", "note"])
    emails.tell_staff(payment, about=about)
    if payment.attention == Payment.Attention.SURPLUS:
        emails.send_surplus(payment)


def deal_with(payment: Payment, *, by: User, reason: str) -> bool:
    """A member of staff has put it right, and says how. False where it needs no attention any more."""
    was = payment.attention
    if not was:
        return False
    told = {"name": by.get_full_name(), "day": date_format(today()), "reason": reason}
    clear_attention(payment, note=gettext("Dealt with by %(name)s on %(day)s: %(reason)s") % told)
    note_deed(payment, by=by, reason=reason, attention=(was, ""))
    return True


def clear_attention(payment: Payment, *, note: str = "") -> None:
    """A member of staff has dealt with it. What was wrong stays, and the note comes after it."""
    payment.attention = Payment.Attention.NONE
    payment.note = " · ".join(filter(None, [payment.note[: LONGEST - len(note) - 3], note]))[:LONGEST]
    payment.save(update_fields=["attention", "note"])
