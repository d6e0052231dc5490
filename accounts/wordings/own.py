"""Templates of e-mails to many: texts that an office adds itself, written on the same page as the portal's own."""

from django.conf import settings

from accounts.models import MailTemplate, Wording
from accounts.wordings.registry import Piece
from accounts.wordings.rows import PERSON, kind_named, piece_of_rows

TEMPLATE, ROWS = "own-", "rows-"


def find_template(key: str) -> Piece | None:
    """The template of that name as a text."""
    template = MailTemplate.objects.filter(code=key.removeprefix(TEMPLATE)).first()
    return piece_of_template(template) if template else None


def find_single(key: str) -> Piece:
    """A single e-mail to the people behind rows of that kind."""
    return piece_of_rows(kind_named(key.removeprefix(ROWS)))


def piece_of_template(template: MailTemplate) -> Piece:
    """It, as a text of the office."""
    return piece_of_rows(kind_named(template.rows), key=template.key, title=template.title)


def templates_for(rows: str) -> list[MailTemplate]:
    """Those in use that fit an e-mail to the people behind such rows."""
    return list(MailTemplate.objects.filter(active=True, rows__in={rows, PERSON}))


def words_of(template: MailTemplate) -> dict[str, str]:
    """Its words in each language, as an e-mail to many has them; empty where it has none."""
    found = {f"{name}_{code}": "" for code, _language in settings.LANGUAGES for name in ("subject", "text")}
    for own in Wording.objects.filter(kind=template.key):
        found |= {f"subject_{own.language}": own.subject, f"text_{own.language}": own.body}
    return found
