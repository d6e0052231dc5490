"""Heroicons, each drawn once a process: the package builds its XML anew at every use, a tenth of a page's time."""

from functools import lru_cache

from django import template
from django.utils.safestring import SafeString
from heroicons.templatetags import heroicons

from opscom.lib.folding import constant

register = template.Library()


@register.simple_tag
@constant
@lru_cache(maxsize=256)
def heroicon_mini(name: str, **attrs: str) -> SafeString:
    """{% heroicon_mini "check" class="icon" %}: 20 px, filled."""
    return heroicons.heroicon_mini(name, **attrs)


@register.simple_tag
@constant
@lru_cache(maxsize=256)
def heroicon_outline(name: str, **attrs: str) -> SafeString:
    """{% heroicon_outline "home" class="icon" %}: 24 px, lines."""
    return heroicons.heroicon_outline(name, **attrs)
