"""Hints to the worker: the work itself is a row in the database, found by a sweep even when the broker lost the hint."""

import logging

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def hint(task: Task, **kwargs: int | str) -> None:
    """Ask a worker to run the task soon after this transaction commits. A broker that is down costs nothing but time."""
    transaction.on_commit(lambda: _publish(task, kwargs), robust=True)


def _publish(task: Task, kwargs: dict[str, int | str]) -> None:
    try:
        task.apply_async(kwargs=kwargs)
    except (OperationalError, OSError) as error:
        logger.warning("hint for %s not published, the sweep will find it: %s", task.name, error)
