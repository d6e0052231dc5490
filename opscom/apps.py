"""App configurations of the portal itself and of its office (the Django admin)."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class OpscomConfig(AppConfig):
    """What spans every app."""

    name = "opscom"
    verbose_name = _("Office")
    default = True

    def ready(self) -> None:
        """Make the office's roles after each migration; register what the audit trail watches, what does not stay, and the report on
        what the office did."""
        from opscom.audit import register_audited
        from opscom.lib import reports, retention
        from opscom.lib.append_only import know_function
        from opscom.office.people.retention import RETENTIONS
        from opscom.office.trail.report import REPORTS
        from opscom.roles import make_roles

        connection_created.connect(know_function)
        post_migrate.connect(make_roles, sender=self)
        register_audited()
        retention.register(*RETENTIONS)
        reports.register(*REPORTS)


class OfficeAdminConfig(AdminConfig):
    """The Django admin with the portal's own login and second factor in front."""

    default = False
    default_site = "opscom.office.site.OfficeSite"
