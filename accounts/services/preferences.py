"""Which e-mails a person wants, and the link that needs no login (PREF-1 to PREF-4, RFC 8058)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from accounts.models import AccountEvent, EmailCategory, EmailOptOut, User
from accounts.models.preference import ALWAYS_SENT, category_code
from accounts.services.history import note_event
from opscom.lib.office import office

SALT = "accounts.unsubscribe"
# What the portal brings along; the office may word it anew, and decide what is essential beyond the first two.
BUILT_IN: dict[str, dict[str, Any]] = {
    "account": {
        "position": 10,
        "essential": True,
        "name_en": "Account and security",
        "name_fr": "Compte et sécurité",
        "name_es": "Cuenta y seguridad",
        "description_en": "New accounts, passwords, one-time passwords and changes to your account.",
        "description_fr": "Nouveaux comptes, mots de passe, mots de passe à usage unique et changements à votre compte.",
        "description_es": "Cuentas nuevas, contraseñas, contraseñas de un solo uso y cambios en su cuenta.",
    },
    "receipts": {
        "position": 20,
        "essential": True,
        "name_en": "Receipts",
        "name_fr": "Reçus",
        "name_es": "Recibos",
        "description_en": "What you paid, and what you promised to pay.",
        "description_fr": "Ce que vous avez payé et ce que vous avez promis de payer.",
        "description_es": "Lo que pagó y lo que prometió pagar.",
    },
    "permits": {
        "position": 30,
        "name_en": "Permit notices",
        "name_fr": "Avis sur les permis",
        "name_es": "Avisos sobre permisos",
        "description_en": "When a place that you reserved was not paid in time and is free again.",
        "description_fr": "Lorsqu’une place que vous avez réservée n’a pas été payée à temps et se libère.",
        "description_es": "Cuando un lugar que reservó no se pagó a tiempo y queda libre de nuevo.",
    },
    "reminders": {
        "position": 40,
        "name_en": "Permit reminders",
        "name_fr": "Rappels de permis",
        "name_es": "Recordatorios de permisos",
        "description_en": "A few days before a permit of yours ends, so that you can get the next one in time.",
        "description_fr": "Quelques jours avant la fin de votre permis, pour que vous puissiez obtenir le suivant à temps.",
        "description_es": "Unos días antes de que termine su permiso, para que pueda obtener el siguiente a tiempo.",
    },
    "news": {
        "position": 50,
        "name_en": "News from the office",
        "name_fr": "Nouvelles du bureau",
        "name_es": "Noticias de la oficina",
        "description_en": "What the office writes to many people at once, for example about works in a lot.",
        "description_fr": "Ce que le bureau écrit à plusieurs personnes à la fois, par exemple au sujet de travaux dans un stationnement.",
        "description_es": "Lo que la oficina escribe a muchas personas a la vez, por ejemplo sobre obras en un estacionamiento.",
    },
}


@dataclass(frozen=True)
class Standing:
    """Whether a message is written at all, and what its foot says: empty where it cannot be unsubscribed."""

    wanted: bool = True
    category: EmailCategory | None = None
    unsubscribe_url: str = ""


def make_categories(**_kwargs: Any) -> None:
    """Make the categories that are missing, after every migration; what the office wrote stays."""
    for code, fields in BUILT_IN.items():
        EmailCategory.objects.get_or_create(code=code, defaults=fields)


def standing(user: User | None, *, kind: str, category: str = "") -> Standing:
    """What holds for that kind of message, or for one of that category, to that person. Guests, essential messages, and an office that has switched
    Email Preferences off: it is sent, without a link."""
    code = category or category_code(kind)
    if user is None or code in ALWAYS_SENT or not office().email_preferences:
        return Standing()
    refused = EmailOptOut.objects.filter(category=OuterRef("pk"), user=user)
    row = EmailCategory.objects.filter(code=code, essential=False).annotate(refused=Exists(refused)).first()
    if row is None:
        return Standing()
    return Standing(not row.refused, row, unsubscribe_url(user, row))


def unsubscribe_url(user: User, category: EmailCategory) -> str:
    """The link of a message's foot: for this person and this category, without an end."""
    token = signing.dumps([user.pk, category.code], salt=SALT)
    return settings.BASE_URL + reverse("unsubscribe", args=[token])


def read_unsubscribe_token(token: str) -> tuple[User, EmailCategory] | None:
    """Whom and what a link is for; nothing where it is not one of ours, or the person or category is gone."""
    try:
        pk, code = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    user, category = User.objects.filter(pk=pk).first(), EmailCategory.objects.filter(code=code).first()
    return (user, category) if user and category else None


def unwanted_codes(user: User) -> set[str]:
    """The codes of the categories that this person has switched off."""
    return set(user.email_opt_outs.values_list("category__code", flat=True))


@transaction.atomic
def unsubscribe(user: User, category: EmailCategory, *, by: User | None, at: datetime | None = None) -> bool:
    """Switch one category off; False where it was off already, or is essential by now."""
    if category.essential:
        return False
    _row, new = EmailOptOut.objects.get_or_create(user=user, category=category, defaults={"at": at or timezone.now()})
    if new:
        _note(user, AccountEvent.Verb.EMAILS_OFF, [category], by=by, at=at)
    return new


@transaction.atomic
def save_preferences(user: User, *, wanted: Collection[str], by: User | None, at: datetime | None = None) -> None:
    """Exactly these categories are wanted from now on, of those that may be switched off."""
    User.objects.select_for_update().get(pk=user.pk)
    before = unwanted_codes(user)
    optional = list(EmailCategory.objects.filter(essential=False))
    off = [category for category in optional if category.code not in wanted and category.code not in before]
    on = [category for category in optional if category.code in wanted and category.code in before]
    EmailOptOut.objects.filter(user=user, category__in=on).delete()
    rows = [EmailOptOut(user=user, category=category, at=at or timezone.now()) for category in off]
    EmailOptOut.objects.bulk_create(rows, ignore_conflicts=True)  # the link in an e-mail may have been quicker
    _note(user, AccountEvent.Verb.EMAILS_OFF, off, by=by, at=at)
    _note(user, AccountEvent.Verb.EMAILS_ON, on, by=by, at=at)


def _note(
    user: User, verb: AccountEvent.Verb, categories: list[EmailCategory], *, by: User | None, at: datetime | None
) -> None:
    if categories:
        with override(user.language):
            names = ", ".join(category.name for category in categories)
        note_event(user, verb, by=by, detail=names, at=at)
