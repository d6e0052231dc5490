"""The built-in e-mails as texts that an office can change, and the placeholders that they name."""

from functools import cache

from django.template.loader import get_template

from accounts.models.mail import MailKind
from accounts.wordings.labels import ACTION_LABELS
from accounts.wordings.meanings import AROUND, IN_KIND, LISTS, MEANINGS
from accounts.wordings.unfolding import unfold
from opscom.lib.wording import Blank, names_in


def built_in_mail(kind: str, language: str) -> tuple[str, str]:
    """(subject, body) as the office would have written them."""
    return built_in_part(f"mail/{kind}_subject.txt", language), built_in_part(f"mail/{kind}.txt", language)


def built_in_part(template: str, language: str) -> str:
    """A template of words as the office would have written it."""
    return unfold(get_template(template).template.source, language)  # type: ignore[attr-defined]


@cache
def blanks_of_mail(kind: str) -> tuple[Blank, ...]:
    """What a text of this kind may name: all that the built-in one does, and what every e-mail has."""
    names = names_in("\n".join(built_in_mail(kind, "en")), _lists())
    if MailKind(kind) in ACTION_LABELS:
        names |= {"action_url"}
    return tuple(blank_of(kind, name) for name in (*sorted(names - AROUND.keys()), *AROUND))


def blank_of(kind: str, name: str) -> Blank:
    """A placeholder, with what it means in that kind."""
    meaning, sample = IN_KIND.get((kind, name)) or MEANINGS.get(name) or AROUND.get(name) or ("", "")
    items, columns = LISTS.get(name, ((), 0))
    return Blank(name, meaning, sample, items, columns)


def _lists() -> list[Blank]:
    return [blank_of("", name) for name in LISTS]
