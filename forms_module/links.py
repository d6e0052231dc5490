"""The signed link that opens what somebody without an account submitted: whoever got the e-mail sees how it stands."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from forms_module.models import Submission

SALT = "forms_module.status"


def status_path(submission: Submission) -> str:
    """Where the link leads."""
    return reverse("forms:status", args=[signing.dumps(submission.code, salt=SALT)])


def page_of(submission: Submission) -> str:
    """The address in an e-mail: of the page itself for people with an account, of the signed link for guests."""
    path = reverse("forms:answer", args=[submission.code]) if submission.user_id else status_path(submission)
    return settings.BASE_URL + path


def read_link(token: str) -> str:
    """The code of the submission that a link is for; nothing where the link is none of ours."""
    try:
        return str(signing.loads(token, salt=SALT))
    except signing.BadSignature:
        return ""
