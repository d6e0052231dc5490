"""What a file that was taken out of the office is called."""

from django.apps import apps
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opscom.lib.reports import find_report

OTHER_FILES = {
    "books": _("Export for bookkeeping"),
    "forms": _("Submitted forms"),
    "forms:print": _("Submitted forms"),
    "history_csv": _("History"),
    "my_data_file": _("My Data"),
    "opscom_setup_download": _("Set-up file"),
    "payments:company_invoice_pdf": _("Invoice"),
    "payments:company_statement": _("Statement"),
    "payments:receipt_pdf": _("Receipt"),
    "payments:statement": _("Statement"),
    "permits:print": _("Permit"),
    "violations:appeal_letter": _("Letter"),
    "violations:evidence": _("Evidence"),
}


def title_of(key: str) -> str:
    """Of a report, a list or another file; its key where there is none any more."""
    if report := find_report(key):
        return str(report.title)
    app, _dash, model = key.partition("-")
    try:
        rows = apps.get_model(app, model)._meta.verbose_name_plural
    except (LookupError, ValueError):
        return str(OTHER_FILES.get(key) or _rows_of(key) or key)
    return gettext("List: %(rows)s") % {"rows": rows}


def _rows_of(page: str) -> str:
    """What a page of the office about rows is about: app_model_verb."""
    for config in apps.get_app_configs():
        name = page.removeprefix(f"{config.label}_").partition("_")[0]
        if page.startswith(f"{config.label}_") and name in config.models:
            return str(capfirst(config.models[name]._meta.verbose_name_plural))
    return ""
