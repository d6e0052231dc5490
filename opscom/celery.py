"""The Celery application.

The database says what is due; a published task is only a hint, and the sweeps below find whatever a broker lost.
"""

import os
from typing import Any

from celery import Celery, Task

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opscom.settings")


class PortalTask(Task):
    """A task sees one set of office settings, as a request does, and reads it at most once."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from opscom.lib.office import settings_once  # the apps are not loaded yet where this module is

        with settings_once():
            return super().__call__(*args, **kwargs)


app = Celery("opscom", task_cls=PortalTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["opscom.office"])
