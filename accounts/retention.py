"""What does not stay of messages to people."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Mail, Mailing, TextMessage
from opscom.lib.retention import Retention

RETENTIONS = (
    Retention(
        key="mail_words",
        records=_("Words of e-mails"),
        becomes=_("The words are taken out. That there was one, to whom and about what, stays."),
        setting="mail_days",
        due=lambda before: Mail.objects.filter(created_at__lt=before).exclude(text="").exclude(state=Mail.State.QUEUED),
        end=lambda mails: mails.update(text="", html="", unsubscribe_url=""),
    ),
    Retention(
        key="text_words",
        records=_("Words of texts"),
        becomes=_("The words are taken out. Number, time and cost stay."),
        setting="text_days",
        due=lambda before: TextMessage.objects.filter(~Q(body=""), created_at__lt=before),
        end=lambda texts: texts.update(body=""),
    ),
    Retention(
        key="mailing_drafts",
        records=_("E-mails to many that were never started"),
        becomes=_("They are deleted, with the list of whom they were for."),
        setting=30,
        due=lambda before: Mailing.objects.filter(made_at__lt=before, started_at=None),
        end=lambda drafts: drafts.delete(),
    ),
)
