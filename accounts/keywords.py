"""The words that stop, resume and inform (TXT-6): they mean that only where they are the whole text."""

import enum
import unicodedata


class Keyword(enum.Enum):
    """What a text asks of whoever carries it."""

    STOP = "STOP"
    START = "START"
    HELP = "HELP"


STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
FRENCH_STOP_WORDS = frozenset({"ARRET"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
HELP_WORDS = frozenset({"HELP", "INFO"})


def keyword_of(body: str, *, language: str = "") -> Keyword | None:
    """The keyword that this text is; `language` of its writer, empty where nobody knows it."""
    word = "".join(sign for sign in unicodedata.normalize("NFKD", body) if not unicodedata.combining(sign))
    word = word.strip().upper()
    if word in STOP_WORDS or (word in FRENCH_STOP_WORDS and language in ("", "fr")):
        return Keyword.STOP
    if word in START_WORDS:
        return Keyword.START
    return Keyword.HELP if word in HELP_WORDS else None
