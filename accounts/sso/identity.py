"""Whom the organisation's provider vouches for, whichever protocol it speaks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from opscom.lib.errors import PortalError
from opscom.lib.office import office
from opscom.lib.sso import SingleSignOn


class SsoRefused(PortalError):
    """This login does not open the portal; the page shows the sentence."""


@dataclass(frozen=True)
class Identity:
    """A person at the provider: `issuer` and `subject` name them for good, all else may change.

    `kinds` are the values of the claim that gives the user type.
    """

    issuer: str
    subject: str
    email: str = ""
    email_verified: bool = False
    first_name: str = ""
    last_name: str = ""
    kinds: tuple[str, ...] = ()


def single_sign_on() -> SingleSignOn | None:
    """The provider that is in use: configured by the operator and switched on by the office."""
    configured: SingleSignOn | None = settings.SSO
    return configured if configured is not None and office().sso_enabled else None


def identity_of(subject: object, claims: Mapping[str, Any], *, email_verified: object, sso: SingleSignOn) -> Identity:
    """What the claims say, cleaned. An address that the provider says nothing about counts as proven only where the
    operator trusts the provider's addresses."""
    if not isinstance(subject, str) or not subject.strip() or len(subject) > 191 or not subject.isprintable():
        raise not_finished()
    proven = sso.trusts_email if email_verified in (None, "") else str(email_verified).lower() in ("true", "1")
    first, _space, last = words(claims.get("name")).partition(" ")
    email = words(claims.get("email"))
    given, family = words(claims.get("given_name")), words(claims.get("family_name"))
    return Identity(
        issuer=sso.issuer,
        subject=subject,
        email=email.lower()
        if email.isascii()
        else "",  # in lower case, look-alikes become the letters that they are not
        email_verified=proven,
        first_name=(given or (first if not family else ""))[:60],
        last_name=(family or (last if not given else ""))[:60],
        kinds=tuple(_values(claims.get(sso.type_claim))) if sso.type_claim else (),
    )


def words(value: object) -> str:
    """A text claim on one line, without what no column takes (NUL) and no page shows."""
    return "".join(c if c.isprintable() else " " for c in value).strip() if isinstance(value, str) else ""


def _values(value: object) -> Iterable[str]:
    return (
        [item for item in value if isinstance(item, str)]
        if isinstance(value, list | tuple)
        else ([value] if isinstance(value, str) else [])
    )


def not_finished() -> SsoRefused:
    """The provider's answer is none to what this browser asked, or cannot be trusted."""
    return SsoRefused(
        _("This login was not finished, or took longer than ten minutes. Start again from the login page."),
        code="not_finished",
    )


def denied() -> SsoRefused:
    """The provider, or the person at its page, said no."""
    return SsoRefused(
        _("Your organisation's login page did not let you through. Start again, or ask its help desk."), code="denied"
    )


def away() -> SsoRefused:
    """The provider does not answer."""
    return SsoRefused(_("Your organisation's login page does not answer. Try again in a few minutes."), code="away")
