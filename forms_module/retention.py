"""What does not stay of forms."""

from django.utils.translation import gettext_lazy as _

from forms_module.models import Submission
from forms_module.services.forgetting import delete_drafts, empty_forms, refuse_undecided
from opscom.lib.retention import Retention

RETENTIONS = (
    Retention(
        key="guest_drafts",
        records=_("Forms that guests began and did not submit"),
        becomes=_("They are deleted."),
        setting=30,
        due=lambda before: Submission.objects.filter(user=None, state=Submission.State.DRAFT, created_at__lt=before),
        end=delete_drafts,
    ),
    Retention(
        key="guest_forms",
        records=_("Forms of guests that are approved or refused"),
        becomes=_("Name, address and answers are taken out. That one was submitted, and the decision, stays."),
        setting="guest_days",
        due=lambda before: Submission.objects.filter(user=None, decided_at__lt=before).exclude(email=""),
        end=empty_forms,
    ),
    Retention(
        key="guest_undecided_forms",
        records=_("Forms of guests that nobody decided"),
        becomes=_("They are refused without an e-mail; name, address and answers are taken out."),
        setting="undecided_days",
        due=lambda before: Submission.objects.filter(user=None, state__in=Submission.WAITING, submitted_at__lt=before),
        end=refuse_undecided,
        never_at_zero=True,
    ),
)
