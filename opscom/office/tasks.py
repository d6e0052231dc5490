"""Background work that spans every app."""

from celery import shared_task

from opscom.office.people import exporting, idle, merging
from opscom.office.people.closing import erase_user
from opscom.office.reports.sending import due_reports, send_report


@shared_task
def erase_closed_account(*, user_id: int) -> None:
    """Erase one person's details, if that is still due."""
    erase_user(user_id)


@shared_task
def tell_idle_person(*, user_id: int) -> None:
    """Tell one person that nobody uses the account, if that is still so."""
    idle.tell_idle_person(user_id)


@shared_task
def erase_idle_person(*, user_id: int) -> None:
    """Erase the details of one who was told and did not come back, if that is still due."""
    idle.erase_idle_person(user_id)


@shared_task
def follow_merges() -> None:
    """Move what arrived at a merged account after it was merged."""
    merging.follow_merges()


@shared_task
def write_export(*, export_id: int) -> None:
    """Write one copy of somebody's data."""
    exporting.build_export(export_id)


@shared_task
def sweep_exports() -> None:
    """Copies whose hint was lost or whose worker died, and those whose time is over."""
    exporting.expire_exports()
    for pk in exporting.due_exports():
        exporting.build_export(pk)


@shared_task
def send_due_reports() -> None:
    """Find reports whose day, week or month is over, and send each apart from the others."""
    for pk in due_reports():
        send_one_report.delay(schedule_id=pk)


@shared_task
def send_one_report(*, schedule_id: int) -> None:
    """Send one report, if it is still due."""
    send_report(schedule_id)
