"""Office texts about money that are kept in each language."""

from modeltranslation.translator import TranslationOptions, register

from payments.models import ChargeTax, PaymentMethod, Tax


@register(PaymentMethod)
class PaymentMethodTranslation(TranslationOptions):
    """What payers read."""

    fields = ("name",)


@register(Tax)
class TaxTranslation(TranslationOptions):
    """What payers read."""

    fields = ("name",)


@register(ChargeTax)
class ChargeTaxTranslation(TranslationOptions):
    """The tax as it was called when the charge was made."""

    fields = ("name",)
