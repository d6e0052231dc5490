"""The Celery application.

The database says what is due; a published task is only a hint, and the sweeps below find whatever a broker lost.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opscom.settings")

app = Celery("opscom", task_cls="opscom.lib.tasks:PortalTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["opscom.office"])
