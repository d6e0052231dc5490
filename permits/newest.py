"""The newest permit and place on a waitlist, to try the office's texts on."""

from django.db.models import QuerySet

from accounts.wordings.newest import Paper, newest
from permits import emails, waitlist_emails
from permits.models import Permit, WaitlistEntry, WaitlistOffer
from permits.pdf import permit_pdf, words_context


def _permits() -> QuerySet[Permit]:
    return Permit.objects.select_related("holder", "lot", "permit_type")


def _offers() -> QuerySet[WaitlistOffer]:
    return WaitlistOffer.objects.select_related("entry__user", "entry__waitlist", "permit_type__lot")


WRITERS = {
    "permit_expires": newest(_permits, emails.send_permit_expires),
    "hold_lapsed": newest(lambda: _permits().exclude(held_until=None), emails.send_hold_lapsed),
    "waitlist_joined": newest(
        lambda: WaitlistEntry.objects.select_related("user", "waitlist"),
        lambda entry: waitlist_emails.send_waitlist_joined(entry, position=1),
    ),
    "waitlist_offer": newest(_offers, waitlist_emails.send_waitlist_offer),
    "waitlist_lapsed": newest(_offers, waitlist_emails.send_waitlist_lapsed),
}

_PRINTED = Paper(
    lambda: _permits().filter(state=Permit.State.ACTIVE),
    lambda permit, _language: words_context(permit),
    lambda permit, language: permit_pdf(permit, language=language),
    "permits.view_permit",
)
PAPERS = {"permit_rules": _PRINTED, "permit_check": _PRINTED}
