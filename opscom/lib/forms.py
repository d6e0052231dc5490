"""How the portal renders a form: Django's own field groups with the portal's markup."""

from django.forms.renderers import TemplatesSetting


class PortalFormRenderer(TemplatesSetting):
    """Field groups from templates/components/field.html, lists of errors from components/errors.html."""

    field_template_name = "components/field.html"
    form_template_name = "components/form.html"
