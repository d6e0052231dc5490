"""What does not stay of forms."""

from django.utils.translation import gettext_lazy as _

from forms_module.models import Submission
from opscom.lib.retention import Retention

RETENTIONS = (
    Retention(
        key="guest_drafts",
        records=_("Forms that guests began and did not submit"),
        becomes=_("They are deleted."),
        setting=30,
        due=lambda before: Submission.objects.filter(user=None, state=Submission.State.DRAFT, created_at__lt=before),
        end=lambda drafts: drafts.delete(),
    ),
)
