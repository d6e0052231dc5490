"""Office texts about people that are kept in each language."""

from modeltranslation.translator import TranslationOptions, register

from accounts.models import UserType


@register(UserType)
class UserTypeTranslation(TranslationOptions):
    """What users choose from."""

    fields = ("name",)
