"""App configuration."""

from allauth.usersessions.apps import UserSessionsConfig
from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """People."""

    default = True
    name = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        """Make the categories of e-mails and judge the office's own texts after each migration; tell the office what can be
        reported, what does not stay and which e-mails it can word."""
        from accounts.reports import REPORTS
        from accounts.retention import RETENTIONS
        from accounts.services.preferences import make_categories
        from accounts.services.wordings import judge_wordings
        from accounts.wordings import own
        from accounts.wordings.registry import register_finder, register_mails
        from accounts.wordings.rows import PEOPLE, register_rows
        from opscom.lib import reports, retention

        retention.register(*RETENTIONS)
        post_migrate.connect(make_categories, sender=self)
        post_migrate.connect(judge_wordings, sender=self)
        reports.register(*REPORTS)
        register_mails()
        register_rows(PEOPLE)
        register_finder(own.TEMPLATE, own.find_template)
        register_finder(own.ROWS, own.find_single)


class QuietUserSessionsConfig(UserSessionsConfig):
    """allauth's table of devices without its signal handlers: at each login they look at every session of the person. And,
    after Django's users are ready, without theirs: it saves the person, and the audit reads the row once more for that."""

    default = False

    def ready(self) -> None:
        """The services of accounts write the rows, and when somebody logged in."""
        user_logged_in.disconnect(dispatch_uid="update_last_login")
