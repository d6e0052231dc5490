"""Whether the books are whole: the nightly checks, and what differs from the providers."""

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from opscom.lib.readonly import ReadOnly
from payments.models import LedgerCheck
from payments.services.ledger_check import INVARIANTS

TITLES = {invariant.name: invariant.title for invariant in INVARIANTS}


@admin.register(LedgerCheck)
class LedgerCheckAdmin(ReadOnly, admin.ModelAdmin):
    """Runs of the check, the newest first."""

    list_display = ("at", "found", "seconds")
    fields = ("at", "seconds", "found", "broken")
    readonly_fields = ("broken",)
    show_full_result_count = False

    @admin.display(description=_("problems"))
    def broken(self, run: LedgerCheck) -> SafeString | str:
        """Each broken rule with its rows, amounts in cents."""
        lines = [(TITLES.get(name, name), count, "; ".join(rows)) for name, count, rows in run.problems]
        return format_html_join("", "<p><strong>{} ({})</strong><br>{}</p>", lines) or "–"
