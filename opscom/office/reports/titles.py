"""What a file that was taken out of the office is called."""

from django.apps import apps
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opscom.lib.reports import find_report

OTHER_FILES = {"books": _("Export for bookkeeping"), "forms": _("Submitted forms")}


def title_of(key: str) -> str:
    """Of a report, a list or another file; its key where there is none any more."""
    if report := find_report(key):
        return str(report.title)
    app, _dash, model = key.partition("-")
    try:
        rows = apps.get_model(app, model)._meta.verbose_name_plural
    except (LookupError, ValueError):
        return str(OTHER_FILES.get(key, key))
    return gettext("List: %(rows)s") % {"rows": rows}
