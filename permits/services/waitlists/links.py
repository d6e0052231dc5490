"""The signed links in an offer's e-mail. They open a page that asks; only its button changes anything, because mail scanners
follow every link."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from permits.models import WaitlistOffer

SALT = "permits.waitlist-offer"


def answer_path(offer: WaitlistOffer) -> str:
    """The page on which whoever got the e-mail answers."""
    return reverse("waitlists:answer", args=[signing.dumps(offer.code, salt=SALT)])


def answer_url(offer: WaitlistOffer, answer: str = "") -> str:
    """Its address in an e-mail, for one of the answers or for all of them."""
    return settings.BASE_URL + answer_path(offer) + (f"?answer={answer}" if answer else "")


def read_link(token: str) -> WaitlistOffer | None:
    """The offer that a link is for, over or not; nothing where the link is none of ours."""
    try:
        code = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    related = ("entry__user", "entry__waitlist", "window__permit_type__lot", "permit")
    return WaitlistOffer.objects.filter(code=code).select_related(*related).first()
