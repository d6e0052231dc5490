"""Many at once: threads with connections of their own, let go at one moment."""

import threading
from collections.abc import Callable
from typing import TypeVar

import pytest
from django.db import connection, models

T = TypeVar("T")
WAIT_SECONDS = 30


def all_at_once(jobs: list[Callable[[], T]]) -> list[T | Exception]:
    """Run the jobs at the same moment, each in a thread with its own database connection; answers what each returned or
    raised, in their order."""
    barrier = threading.Barrier(len(jobs))
    results: list[T | Exception] = [RuntimeError("never ran")] * len(jobs)

    def run(index: int) -> None:
        try:
            barrier.wait(WAIT_SECONDS)
            results[index] = jobs[index]()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_SECONDS)
    return results


def without_row_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """For controls: every select_for_update reads without locking."""
    monkeypatch.setattr(models.QuerySet, "select_for_update", lambda self, *args, **kwargs: self.all())
