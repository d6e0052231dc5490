"""A report that Finance gets each month."""

from accounts.models import User
from opscom.lib.dates import today
from opscom.management.demo.world import World
from opscom.models import ReportSchedule
from opscom.office.reports.sending import last_period


def schedule_reports(world: World) -> None:
    """Receipts by method, from the next month on."""
    every = ReportSchedule.Every.MONTH
    through = last_period(every, today(world.now))[1]
    monthly = ReportSchedule.objects.create(report="receipts-by-method", every=every, sent_through=through)
    monthly.recipients.set(User.objects.filter(groups__name="Finance"))
