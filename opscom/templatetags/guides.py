"""The way from a page to the paragraph that explains it."""

from typing import Any

from django import template

from opscom.lib.help_topics import help_address

register = template.Library()


@register.simple_tag(takes_context=True)
def help_for_page(context: dict[str, Any]) -> str:
    """{% help_for_page as help %}: the paragraph of a guide about this page."""
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    return help_address(match.view_name if match else "")
