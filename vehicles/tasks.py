"""Background work of vehicles."""

from celery import shared_task

from opscom.lib.import_runs import sweep_runs
from vehicles import importing
from vehicles.models import PeopleImport


@shared_task
def go_on_with_people(*, run_id: int) -> None:
    """Read a file of people that the office has handed in."""
    importing.go_on_with(run_id)


@shared_task
def sweep_people_imports() -> None:
    """Follow imports that broke off, and delete the files whose time is over."""
    sweep_runs(PeopleImport, reader=go_on_with_people)
