"""Office texts about people that are kept in each language."""

from modeltranslation.translator import TranslationOptions, register

from accounts.models import EmailCategory, Mailing, UserType


@register(UserType)
class UserTypeTranslation(TranslationOptions):
    """What users choose from."""

    fields = ("name",)


@register(EmailCategory)
class EmailCategoryTranslation(TranslationOptions):
    """What people read on Email Preferences and in the foot of e-mails."""

    fields = ("name", "description")


@register(Mailing)
class MailingTranslation(TranslationOptions):
    """What many people read, each in the own language."""

    fields = ("subject", "text")
