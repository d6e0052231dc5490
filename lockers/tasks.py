"""Background work of lockers."""

from celery import shared_task

from lockers.models import LockerImport
from lockers.services import ending, import_runs, reminders, reserve
from opscom.lib.import_runs import sweep_runs


@shared_task
def release_lapsed_holds() -> None:
    """Free the lockers that nobody paid for in time."""
    reserve.release_lapsed_holds()


@shared_task
def remind_of_endings() -> None:
    """Close terms that go on as the next one, and tell people whose lockers end soon."""
    ending.end_followed_terms()
    reminders.remind_of_endings()


@shared_task
def go_on_with_import(*, run_id: int) -> None:
    """Read a file of lockers that the office has handed in."""
    import_runs.go_on_with(run_id)


@shared_task
def sweep_imports() -> None:
    """Follow imports that broke off, and delete the files whose time is over."""
    sweep_runs(LockerImport, reader=go_on_with_import)
