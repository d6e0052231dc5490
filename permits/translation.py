"""Office texts about lots that are kept in each language."""

from modeltranslation.translator import TranslationOptions, register

from permits.models import Lot, PermitType, SalesWindow


@register(Lot)
class LotTranslation(TranslationOptions):
    """Name and description of a lot."""

    fields = ("name", "description")


@register(PermitType)
class PermitTypeTranslation(TranslationOptions):
    """Name of a permit type."""

    fields = ("name",)


@register(SalesWindow)
class SalesWindowTranslation(TranslationOptions):
    """Name of a sales window."""

    fields = ("name",)
