"""Office texts about money that are kept in each language."""

from modeltranslation.translator import TranslationOptions, register

from payments.models import PaymentMethod


@register(PaymentMethod)
class PaymentMethodTranslation(TranslationOptions):
    """What payers read."""

    fields = ("name",)
