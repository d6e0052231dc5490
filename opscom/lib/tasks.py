"""What all tasks of Celery have in common; `opscom.celery` names the class."""

from typing import Any

from celery import Task

from opscom.lib.office import settings_once


class PortalTask(Task):
    """A task sees one set of office settings, as a request does, and reads it at most once."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with settings_once():
            return super().__call__(*args, **kwargs)
