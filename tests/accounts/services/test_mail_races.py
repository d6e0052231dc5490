"""Several workers at one message, on PostgreSQL."""

import time
from typing import Any

import pytest

from accounts.models import Mail
from accounts.services.mail import due_mail, send_mail_now
from tests.accounts.services.conftest import Sink
from tests.accounts.services.test_mail import write
from tests.together import all_at_once, without_row_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def send_by_eight_workers(mail: Mail) -> int:
    """How many of them say that they sent it."""
    results = all_at_once([lambda: send_mail_now(mail.pk)] * 8)
    assert {type(result) for result in results} == {bool}
    return results.count(True)


def test_eight_workers_send_one_message_once(sink: Sink) -> None:
    for _ in range(3):
        assert send_by_eight_workers(write()) == 1
    assert len(sink.envelopes) == 3


def test_control_without_locks_it_is_sent_several_times(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    without_row_locks(monkeypatch)
    save = Mail.save

    def slowly(mail: Mail, **kwargs: Any) -> None:
        time.sleep(0.3)
        save(mail, **kwargs)

    mail = write()
    monkeypatch.setattr(Mail, "save", slowly)
    assert send_by_eight_workers(mail) > 1
    assert len(sink.envelopes) > 1


def test_two_sweeps_share_the_work(sink: Sink) -> None:
    for _ in range(6):
        write()

    def sweep() -> int:
        return sum(send_mail_now(pk) for pk in due_mail())

    results = all_at_once([sweep, sweep])
    assert sum(count for count in results if isinstance(count, int)) == 6
    assert len(sink.envelopes) == 6
