"""Office texts about lockers that are kept in each language."""

from modeltranslation.translator import TranslationOptions, register

from lockers.models import LockerSite, LockerWindow


@register(LockerSite)
class LockerSiteTranslation(TranslationOptions):
    """Rules of a site."""

    fields = ("disclaimer",)


@register(LockerWindow)
class LockerWindowTranslation(TranslationOptions):
    """Name of a sales window."""

    fields = ("name",)
