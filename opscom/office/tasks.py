"""Background work that spans every app."""

from celery import shared_task

from opscom.office.people import exporting, merging
from opscom.office.people.closing import erase_user


@shared_task
def erase_closed_account(*, user_id: int) -> None:
    """Erase one person's details, if that is still due."""
    erase_user(user_id)


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
