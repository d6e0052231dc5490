"""Office texts about offences that are kept in each language."""

from modeltranslation.translator import TranslationOptions, register

from violations.models import CannedText, Offence


@register(Offence)
class OffenceTranslation(TranslationOptions):
    """The wording on the ticket, and of the rule."""

    fields = ("description", "rule")


@register(CannedText)
class CannedTextTranslation(TranslationOptions):
    """What whoever appealed reads."""

    fields = ("text",)
