"""When a stored card that was declined is tried again."""

from datetime import datetime, timedelta

from payments.models import Payment

RETRY_DAYS = (1, 3, 5)
LEASE = timedelta(hours=1)  # a worker that died over a try has the next one find it then


def next_try(payment: Payment, *, first: datetime, before: datetime, at: datetime) -> datetime | None:
    """Where another try may help it comes 1, 3 and 5 days after the first one, before that moment. None: only the person can
    pay."""
    if payment.decline in (Payment.Decline.HARD, Payment.Decline.AUTHENTICATE):
        return None
    later = (first + timedelta(days=days) for days in RETRY_DAYS)
    return next((moment for moment in later if at < moment < before), None)
