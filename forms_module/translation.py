"""Office texts of forms that are kept in each language."""

from modeltranslation.translator import TranslationOptions, register

from forms_module.models import FormDefinition, FormField


@register(FormDefinition)
class FormDefinitionTranslation(TranslationOptions):
    """What people read before they open it."""

    fields = ("name", "description")


@register(FormField)
class FormFieldTranslation(TranslationOptions):
    """The question, its help and its choices."""

    fields = ("label", "help_text", "choices")
