"""What a notice tells besides what is owed."""

from django.utils.translation import ngettext

from opscom.lib.office import office
from violations.models import NoticeStep


def new_time_words(step: str) -> str:
    """Within how many days of the notice that a ticket is overdue it can be appealed, in the language in force; empty where the
    notice opens no new time."""
    rules = office()
    if step != NoticeStep.OVERDUE or not (rules.appeals_enabled and rules.appeal_notice_days):
        return ""
    if rules.appeal_business_days:
        text = ngettext(
            "You can appeal within %(days)s business day of this notice.",
            "You can appeal within %(days)s business days of this notice.",
            rules.appeal_notice_days,
        )
    else:
        text = ngettext(
            "You can appeal within %(days)s day of this notice.",
            "You can appeal within %(days)s days of this notice.",
            rules.appeal_notice_days,
        )
    return text % {"days": rules.appeal_notice_days}
