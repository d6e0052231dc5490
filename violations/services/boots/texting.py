"""The release code by text, beside the e-mail: where the office sends it, to who asked for it and has confirmed the phone."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from accounts.models.text import TextKind
from accounts.services.texts import send_text
from accounts.services.wordings import say
from opscom.lib.dates import written_moment
from opscom.lib.office import office
from violations.emails.boots import account_of
from violations.models import BootAssignment


def text_code(assignment: BootAssignment, code: str, *, at: datetime) -> None:
    """Once, to the phone of the account that the e-mail goes to."""
    user = account_of(assignment)
    if user is None or not (office().boot_code_by_text and user.boot_code_by_text):
        return
    if not user.texts_from or user.texts_from != user.phone or assignment.due_at is None:
        return
    with override(user.language):
        words = say(
            "text_boot_code",
            office=office().office_name,
            boot=assignment.boot.number,
            code=code,
            time=written_moment(assignment.due_at),
            page=settings.BASE_URL + reverse("violations:release", args=[assignment.code]),
        )
    key = f"boot-code:{assignment.code}"
    send_text(str(user.texts_from), words, kind=TextKind.BOOT_CODE, key=key, at=at)
