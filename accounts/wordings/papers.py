"""What is printed as texts that an office can change: words of the portal in templates, around which the paper stands."""

from collections.abc import Iterable, Mapping

from django.utils.functional import Promise

from accounts.wordings.mails import built_in_part
from accounts.wordings.meanings import AROUND, MEANINGS, Meaning
from accounts.wordings.registry import Medium, Piece
from opscom.lib.wording import Blank


def paper_piece(
    key: str,
    medium: Medium,
    title: str | Promise,
    template: str,
    names: Iterable[str],
    own: Mapping[str, Meaning] | None = None,
    *,
    headed: bool = True,
    longest: int = 0,
) -> Piece:
    """Words on paper, in `template`.txt and, where they are `headed`, `template`_subject.txt. `names` mean what they do in
    e-mails, `own` only here; the office's details are always there."""
    office = {name: meaning for name, meaning in AROUND.items() if name.startswith("office.")}
    known = {**{name: MEANINGS[name] for name in names}, **(own or {})}
    blanks = tuple(Blank(name, *known[name]) for name in sorted(known))

    def built_in(language: str) -> tuple[str, str]:
        subject = built_in_part(f"{template}_subject.txt", language) if headed else ""
        return subject, built_in_part(f"{template}.txt", language)

    return Piece(
        key=key,
        medium=medium,
        title=title,
        blanks=lambda: (*blanks, *(Blank(name, *office[name]) for name in office)),
        built_in=built_in,
        template=template,
        headed=headed,
        longest=longest,
    )
