"""Office texts that are kept in each language."""

from modeltranslation.translator import TranslationOptions, register

from opscom.models import SystemSettings


@register(SystemSettings)
class SystemSettingsTranslation(TranslationOptions):
    """The disclaimers, what stands on permits, and what stands with a boot's code."""

    fields = (
        "vehicle_disclaimer",
        "permit_disclaimer",
        "locker_disclaimer",
        "print_text",
        "boot_dropoff",
        "boot_instructions",
    )
