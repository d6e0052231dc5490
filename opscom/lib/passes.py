"""Visitor hours as people read them: hours, or the passes by the day that the office sells instead."""

from django.utils.translation import ngettext

from opscom.lib.dates import DAY, written_hours
from opscom.lib.office import office


def written_stock(minutes: int) -> str:
    """10 h; where the office sells day passes, 5 day passes."""
    passes, rest = divmod(minutes, DAY)
    if rest or not office().visitor_passes:
        return written_hours(minutes)
    return ngettext("%(n)s day pass", "%(n)s day passes", passes) % {"n": passes}
