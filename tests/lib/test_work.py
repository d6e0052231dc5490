"""Hints: published after the commit, and worth nothing when the broker is down."""

from collections.abc import Callable
from typing import Any

import pytest
from celery import Celery
from django.db import transaction
from kombu.exceptions import OperationalError

from accounts.tasks import send_mail
from opscom.lib.work import hint
from tests.lib.ports import free_port

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was given to the broker."""
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(send_mail, "apply_async", lambda kwargs: calls.append(kwargs))
    return calls


def test_hint_is_published_after_the_commit_and_not_before(
    published: list[dict[str, Any]], django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        with transaction.atomic():
            hint(send_mail, mail_id=7)
        assert published == []
    assert len(callbacks) == 1
    assert published == [{"mail_id": 7}]


def test_hint_of_what_was_undone_is_never_published(
    published: list[dict[str, Any]], django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    with django_capture_on_commit_callbacks(execute=True) as callbacks, transaction.atomic():
        with transaction.atomic():
            hint(send_mail, mail_id=7)
            transaction.set_rollback(True)
        hint(send_mail, mail_id=8)
    assert len(callbacks) == 1
    assert published == [{"mail_id": 8}]


@pytest.mark.parametrize(
    "error",
    [OperationalError("down"), ConnectionRefusedError("down"), TimeoutError("silent"), RuntimeError("anything else")],
)
def test_broker_that_fails_costs_nothing(
    monkeypatch: pytest.MonkeyPatch, error: Exception, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    def fail(kwargs: dict[str, Any]) -> None:
        raise error

    monkeypatch.setattr(send_mail, "apply_async", fail)
    later: list[str] = []
    with django_capture_on_commit_callbacks(execute=True):
        hint(send_mail, mail_id=7)
        transaction.on_commit(lambda: later.append("ran"))
    assert later == ["ran"]


def test_broker_on_a_closed_port_costs_nothing(
    caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    app = Celery("elsewhere", broker=f"redis://127.0.0.1:{free_port()}/0", set_as_current=False)
    app.conf.task_publish_retry_policy = {
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.01,
        "interval_max": 0.01,
    }

    @app.task(name="elsewhere.work")
    def work() -> None:
        """Never run."""

    with django_capture_on_commit_callbacks(execute=True):
        hint(work)
    assert [record.getMessage().partition(":")[0] for record in caplog.records if record.name == "opscom.lib.work"] == [
        "hint for elsewhere.work not published, the sweep will find it"
    ]
