"""People who are gone: archived by the office, or by their own wish."""

from datetime import timedelta

from accounts.models import AccountEvent, Mail
from accounts.models.mail import MailKind
from accounts.services.history import note_event
from opscom.management.demo.world import World
from opscom.office.people.closing import close_account
from payments.models import Charge
from permits.models import Permit

REASON = "Left the university"


def archive_and_close(world: World) -> None:
    """Those who are switched off have a history that says why; one who owes nothing has closed the account."""
    clerk = next(user for user in world.logins.values() if user.is_staff)
    for days, user in enumerate((user for user in world.people if not user.is_active), start=5):
        note_event(user, AccountEvent.Verb.ARCHIVED, by=clerk, detail=REASON, at=world.ago(days, 10))
    busy = {*Charge.objects.values_list("payer", flat=True), *Permit.objects.values_list("holder", flat=True)}
    leaver = next(user for user in world.people if user.is_active and user.profile_complete and user.pk not in busy)
    at = world.now - timedelta(days=9)
    close_account(leaver, by=leaver, at=at)
    Mail.objects.filter(kind=MailKind.ACCOUNT_CLOSED).update(created_at=at, next_try_at=at)
