"""The signed link that opens what somebody without an account submitted: whoever got the e-mail sees how it stands."""

from django.conf import settings
from django.urls import reverse

from forms_module.models import Submission
from opscom.lib.opened import sign_code

SALT = "forms_module.status"


def status_path(submission: Submission) -> str:
    """Where the link leads."""
    return reverse("forms:status", args=[sign_code(submission.code, salt=SALT)])


def page_of(submission: Submission) -> str:
    """The address in an e-mail: of the page itself for people with an account, of the signed link for guests."""
    path = reverse("forms:answer", args=[submission.code]) if submission.user_id else status_path(submission)
    return settings.BASE_URL + path
