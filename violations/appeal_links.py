"""The signed link that opens an appeal without an account: whoever got the e-mail sees how it stands."""

from django.conf import settings
from django.urls import reverse

from opscom.lib.opened import sign_code
from violations.models import Appeal

SALT = "violations.appeal-status"


def status_path(appeal: Appeal) -> str:
    """Where the link leads."""
    return reverse("violations:appeal_status", args=[sign_code(appeal.code, salt=SALT)])


def page_of(appeal: Appeal) -> str:
    """The address in an e-mail: of the page itself for people with an account, of the signed link for guests."""
    path = reverse("violations:appeal", args=[appeal.code]) if appeal.user_id else status_path(appeal)
    return settings.BASE_URL + path
