"""Whom an identity of the organisation's provider lets in (SSO-1): linked by issuer and subject, never by less."""

import logging
from typing import cast

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import AccountEvent, EmailChange, ProfilePolicy, User, UserType
from accounts.services.history import note_event
from accounts.services.profile import profile_rules
from accounts.services.registration import change_email, verify_address
from accounts.sso.identity import Identity, SsoRefused
from opscom.lib.office import office
from opscom.lib.sso import SingleSignOn

logger = logging.getLogger(__name__)


def admit_identity(identity: Identity, *, language: str) -> User:
    """The person behind this identity: linked before; or linked now, by an address that the provider has proven; or new.
    SsoRefused otherwise, with nothing changed. Two first logins at once end in one account."""
    for once_more in (True, False):
        try:
            return _admit(identity, language=language)
        except IntegrityError:
            if not once_more:
                raise
        except SsoRefused as refusal:
            logger.warning("single sign-on refused: %s, subject %s", refusal.code, identity.subject)
            raise
    raise AssertionError("the second try returns or raises")


@transaction.atomic
def _admit(identity: Identity, *, language: str) -> User:
    link = SocialAccount.objects.select_related("user").filter(provider=identity.issuer, uid=identity.subject).first()
    user = cast(User, link.user) if link else _match(identity) or _create(identity, language=language)
    if not user.is_active:
        raise SsoRefused(_("The parking office has switched this account off."), code="inactive")
    if link:
        _follow_address(user, identity)
    else:
        _link(user, identity)
    changed = _follow_claims(user, identity)
    note_event(user, AccountEvent.Verb.SSO_LOGIN, by=user, detail=changed)
    return user


def _match(identity: Identity) -> User | None:
    """Whose account the proven address belongs to. Not a member of staff's: their rights never come from outside. Not one
    that another person of the same provider opens: organisations give addresses on."""
    _check_address(identity)
    user = User.objects.select_for_update().filter(email=identity.email).first()
    if user and (
        user.is_staff or user.is_superuser or SocialAccount.objects.filter(user=user, provider=identity.issuer).exists()
    ):
        raise SsoRefused(
            _(
                "There is an account with the address %(email)s that this login does not open. Log in with email and password, or ask the parking office: call %(phone)s."
            )
            % {"email": identity.email, "phone": office().phone},
            code="taken",
        )
    return user


def _check_address(identity: Identity) -> None:
    """Only an address that the provider has proven, of a domain that the operator names, tells who somebody is."""
    try:
        validate_email(identity.email)
    except ValidationError as error:
        raise SsoRefused(
            _(
                "Your organisation's login gives us no email address. Ask its help desk to add one to your account there."
            ),
            code="no_address",
        ) from error
    if not identity.email_verified:
        raise SsoRefused(
            _(
                "Your organisation's login has not checked that %(email)s is yours. Confirm the address there, then log in again."
            )
            % {"email": identity.email},
            code="unverified",
        )
    domains = _sso().domains
    if identity.email.rpartition("@")[2] not in domains:
        raise SsoRefused(
            _(
                "%(email)s is not an address of this organisation (%(domains)s). Log in with your organisation's own address, or with email and password."
            )
            % {"email": identity.email, "domains": ", ".join(sorted(domains))},
            code="domain",
        )


def _create(identity: Identity, *, language: str) -> User:
    """A new person without a password, where the operator lets the provider bring new people."""
    if not _sso().creates_people:
        raise SsoRefused(
            _(
                "There is no account for %(email)s yet. Create one on the login page, or call the parking office: %(phone)s."
            )
            % {"email": identity.email, "phone": office().phone},
            code="unknown",
        )
    return User.objects.create_user(identity.email, language=language)


def _link(user: User, identity: Identity) -> None:
    """From now on this identity opens the account, and no password does: one that somebody had set ends with its sessions."""
    SocialAccount.objects.create(user=user, provider=identity.issuer, uid=identity.subject)
    user.login_source = User.LoginSource.SSO
    user.set_unusable_password()
    user.save(update_fields=["login_source", "password"])
    verify_address(user)
    EmailChange.objects.give_up(user)
    note_event(user, AccountEvent.Verb.SSO_LINKED, by=user, detail=identity.issuer)


def _follow_address(user: User, identity: Identity) -> None:
    """A linked person's new address is ours, too, if it passes as a first one would and nobody else has it."""
    if identity.email == user.email or user.is_staff:
        return
    try:
        _check_address(identity)
    except SsoRefused:
        return
    if not User.objects.filter(email=identity.email).exists():
        before, user.email = user.email, identity.email
        user.save(update_fields=["email"])
        change_email(user, before=before)
        verify_address(user)


def _follow_claims(user: User, identity: Identity) -> str:
    """Fill in names that are missing, as far as the office asks for them; what the person or the office wrote stays. The
    user type follows its claim. Answers a change of type in words."""
    changed, told = [], ""
    names = {"first_name": identity.first_name, "last_name": identity.last_name}
    missing = {name: value for name, value in names.items() if value and not getattr(user, name)}
    if missing:
        rules = profile_rules(user)
        for name, value in missing.items():
            if rules[name].rule != ProfilePolicy.Rule.HIDDEN:
                setattr(user, name, value)
                changed.append(name)
    user_type = _type_of(identity)
    if user_type and user_type.pk != user.user_type_id:
        told = f"{user.user_type or ''} → {user_type}".strip()
        user.user_type = user_type
        changed.append("user_type")
    if changed:
        user.save(update_fields=changed)
    return told


def _type_of(identity: Identity) -> UserType | None:
    """The user type of the first value in the operator's list that the person has."""
    code = next((code for value, code in _sso().types.items() if value in identity.kinds), None)
    if code is None:
        return None
    found = UserType.objects.filter(code=code).first()
    if found is None:
        logger.error("SSO_TYPE_MAP names a user type that does not exist: %s", code)
    return found


def is_linked(user: User) -> bool:
    """Whether an identity opens this account."""
    return user.pk is not None and SocialAccount.objects.filter(user=user).exists()


@transaction.atomic
def unlink_identity(user: User, *, by: User) -> bool:
    """The office takes the link away: the next login by single sign-on is judged as a first one. Whether there was one."""
    rows, _by_model = SocialAccount.objects.filter(user=user).delete()
    if rows:
        note_event(user, AccountEvent.Verb.SSO_UNLINKED, by=by)
    return rows > 0


def follow_login_source(user: User, *, by: User) -> None:
    """The office chose how a person logs in: by single sign-on no password opens the account, otherwise no link does."""
    if user.login_source == User.LoginSource.PORTAL:
        unlink_identity(user, by=by)
    elif user.has_usable_password():
        user.set_unusable_password()
        user.save(update_fields=["password"])


def _sso() -> SingleSignOn:
    return cast(SingleSignOn, settings.SSO)
