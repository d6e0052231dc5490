"""The tags and filters that a text of the office may hold (opscom.lib.wording); nothing else can be written in one."""

from collections.abc import Callable
from typing import Any

from django import template
from django.template import defaultfilters, defaulttags
from django.utils.translation import gettext

from opscom.templatetags import portal

register = template.Library()
register.tag("if", defaulttags.do_if)
register.tag("for", defaulttags.do_for)
PLAIN = ("capfirst", "date", "default", "join", "lower", "time", "truncatechars", "upper")
OURS = ("moment", "money", "rate", "spaced_plate", "with_weekday")
register.filters.update({name: defaultfilters.register.filters[name] for name in PLAIN})


def _forgiving(known: Callable[[Any], str]) -> Callable[[Any], str]:
    """The filter, where there is something to write."""
    return lambda value: "" if value is None or value == "" else known(value)


register.filter("translated", _forgiving(gettext))  # what an office left as it was delivered
register.filters.update({name: _forgiving(portal.register.filters[name]) for name in OURS})
