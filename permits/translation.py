"""Office texts about lots that are kept in each language."""

from modeltranslation.translator import TranslationOptions, register

from permits.models import HourPrice, Lot, LotBlock, LotGroup, PermitType, SalesWindow, Waitlist


@register(LotGroup)
class LotGroupTranslation(TranslationOptions):
    """Name of a group of lots."""

    fields = ("name",)


@register(LotBlock)
class LotBlockTranslation(TranslationOptions):
    """What people read of a closure or event."""

    fields = ("public_text",)


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


@register(HourPrice)
class HourPriceTranslation(TranslationOptions):
    """Name of a price by hour of the week."""

    fields = ("name",)


@register(Waitlist)
class WaitlistTranslation(TranslationOptions):
    """Name of a waitlist."""

    fields = ("name",)
