"""The newest form that somebody handed in, to try the office's texts on."""

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.wordings.newest import newest
from forms_module import emails
from forms_module.models import Submission


def _submissions() -> QuerySet[Submission]:
    return Submission.objects.select_related("user", "form")


WRITERS = {
    "form_asked": newest(
        _submissions,
        lambda found: emails.send_question(found, comment=_("Please add the second page."), at=timezone.now()),
    ),
    "form_decided": newest(_submissions, lambda found: emails.send_decision(found, comment="")),
}
