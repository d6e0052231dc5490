"""Single sign-on by SAML: answers that were taken once."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from opscom.lib.codes import new_code


class SamlAnswer(models.Model):
    """A provider's answer that passed every check: remembered until it expires, so that nobody plays it a second time.
    Between the provider's post and the browser's return, a moment, it also holds whom the answer is about."""

    code = models.CharField(_("code"), max_length=20, unique=True, default=new_code)
    assertion = models.CharField(_("assertion"), max_length=64, unique=True)
    request_id = models.CharField(_("request"), max_length=100)
    identity = models.JSONField(_("identity"), null=True)
    expires_at = models.DateTimeField(_("expires"), db_index=True)

    class Meta:
        verbose_name = _("SAML answer")
        verbose_name_plural = _("SAML answers")

    def __str__(self) -> str:
        return self.assertion
