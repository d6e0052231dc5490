"""What pages of other domains ask about forms."""

from django import template
from django.utils import timezone

from forms_module.models import FormDefinition
from opscom.lib.office import office

register = template.Library()


@register.simple_tag
def forms_without_account() -> bool:
    """Whether a form is open now to those who are not signed in."""
    return bool(office().forms_enabled) and FormDefinition.objects.for_guests().open_at(timezone.now()).exists()
