"""The codes that open a plate's other tickets to a guest."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opscom.lib.codes import random_code
from violations.models.violation import Violation


def ask_code() -> str:
    """What the browser that asked keeps: the digits from the mail are good in no other."""
    return random_code(20)


class PlateCode(models.Model):
    """A guest who has opened one ticket asks for its plate's others: six digits go to whoever answers for them. Without
    `user` there is nobody to ask, and nothing opens it. Of the digits a digest is kept."""

    code = models.CharField(max_length=20, unique=True, default=ask_code, editable=False)
    violation = models.ForeignKey(Violation, on_delete=models.CASCADE, related_name="plate_codes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, editable=False)
    asked_at = models.DateTimeField(default=timezone.now)
    misses = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("code for a plate's tickets")
        verbose_name_plural = _("codes for plates' tickets")
        ordering = ["-asked_at", "-pk"]

    def __str__(self) -> str:
        return str(self.violation_id)
