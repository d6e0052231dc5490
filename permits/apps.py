"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PermitsConfig(AppConfig):
    """Permits."""

    name = "permits"
    verbose_name = _("Permits")

    def ready(self) -> None:
        """Tell payments whom to ask about this app's charges, the text line who parks people, forms what they can ask, and what does not stay."""
        from accounts.text_parking import register_parking
        from accounts.texting import register_dialogue
        from accounts.wordings import newest, rows
        from accounts.wordings import registry as wordings
        from forms_module import kinds
        from opscom.lib import reports, retention
        from payments.payables import register
        from permits.form_kinds import LOT, PERMIT
        from permits.mailing import KINDS
        from permits.newest import PAPERS, WRITERS
        from permits.payables import PermitPayable, RolloverPayable, VisitorHoursPayable
        from permits.reports import REPORTS
        from permits.retention import RETENTIONS
        from permits.services.parkme.dialogue import answer_message
        from permits.services.parkme.standing import subscription_of
        from permits.services.plates import permits_with
        from permits.wordings import PIECES
        from vehicles import uses

        retention.register(*RETENTIONS)
        uses.register(permits_with)
        register_dialogue(answer_message)
        register_parking(subscription_of)
        register("permit", PermitPayable())
        register("rollover", RolloverPayable())
        register("visitor_hours", VisitorHoursPayable())
        kinds.register("permit", PERMIT)
        kinds.register("lot", LOT)
        reports.register(*REPORTS)
        newest.register(WRITERS)
        newest.register_papers(PAPERS)
        wordings.register(*PIECES)
        rows.register_rows(*KINDS)
