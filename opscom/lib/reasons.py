"""Why the portal itself did something. Rows of events keep it in English; the reader sees it in their language."""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

REASONS = frozenset(
    (
        *(_("a newer attempt was started"), _("a newer one was asked for"), _("a newer one was offered")),
        *(_("account closed"), _("an instalment was not paid"), _("appeal decided"), _("appeal granted")),
        *(
            _("boot taken back"),
            _("card did not pay"),
            _("code shown in the office"),
            _("courtesy car"),
            _("courtesy car ended"),
        ),
        *(_("dispute"), _("dispute won"), _("ended early"), _("exchanged"), _("extended"), _("form approved")),
        *(_("form not approved"), _("found empty"), _("free of charge"), _("given back"), _("given up")),
        *(_("given up by its holder"), _("granted"), _("has a better place"), _("hold lapsed"), _("imported")),
        *(
            _("its payment was undone"),
            _("locker ended"),
            _("locker given up"),
            _("lost dispute"),
            _("lost privileges"),
        ),
        *(_("made at the provider"), _("moved"), _("names no card of ours"), _("names no payment of ours")),
        *(_("nobody finished it"), _("not answered in time"), _("not paid in time"), _("not taken up")),
        *(_("notice by e-mail"), _("notice by letter"), _("paid"), _("paid again"), _("paid late"), _("passed on")),
        *(_("payment undone"), _("permit cancelled"), _("plates"), _("removed at the provider"), _("renewed")),
        *(
            _("rollover lapsed"),
            _("rollover off"),
            _("rollover on"),
            _("rollover turned off"),
            _("snoozed"),
            _("switched"),
        ),
        *(_("the card's holder disputes the payment"), _("the cheque bounced"), _("the list was emptied")),
        *(_("the provider knows no such refund"), _("the provider never had it"), _("the sale ended")),
        *(_("ticket withdrawn"), _("turned back"), _("withdrawn by the office")),
    )
)


def said_reason(text: str) -> str:
    """A stored reason as the reader's language has it; after a colon stand words of people, and codes, which stay."""
    head, colon, rest = text.partition(": ")
    return gettext(head) + colon + rest if head in REASONS else text
