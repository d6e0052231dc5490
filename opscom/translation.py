"""Office texts that are kept in each language."""

from modeltranslation.translator import TranslationOptions, register

from opscom.models import SystemSettings


@register(SystemSettings)
class SystemSettingsTranslation(TranslationOptions):
    """The disclaimers, and what stands on permits."""

    fields = ("vehicle_disclaimer", "permit_disclaimer", "locker_disclaimer", "print_text")
