"""Payments that a person must look at."""

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


def clear_attention(payment: Payment, *, note: str = "") -> None:
    """A member of staff has dealt with it. What was wrong stays, and the note comes after it."""
    payment.attention = Payment.Attention.NONE
    payment.note = " · ".join(filter(None, [payment.note[: LONGEST - len(note) - 3], note]))[:LONGEST]
    payment.save(update_fields=["attention", "note"])
