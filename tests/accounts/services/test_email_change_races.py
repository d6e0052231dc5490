"""Changes of address at the same moment, on PostgreSQL."""

import re
import time
from collections import Counter
from collections.abc import Callable

import pytest

from accounts.models import AccountEvent, EmailChange, Mail, User
from accounts.services.email_change import ChangeRefused, confirm_email_change, start_email_change
from tests.factories import make_user
from tests.together import all_at_once, without_row_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
NEW = "new@example.test"


def tokens_of(user: User) -> list[str]:
    """The tokens in the two newest letters."""
    mails = Mail.objects.filter(user=user, kind__startswith="email_change_").order_by("-pk")[:2]
    found = [re.search(r"/confirm-email/([^/\s]+)/", mail.text) for mail in mails]
    return [match[1] for match in found if match]


def confirm(token: str) -> Callable[[], str]:
    def job() -> str:
        try:
            confirm_email_change(token)
        except ChangeRefused as refusal:
            return refusal.code
        return "yes"

    return job


def test_both_confirmations_and_their_doubles_at_once_change_it_once() -> None:
    user = make_user()
    start_email_change(user, new=NEW)
    outcomes = Counter(all_at_once([confirm(token) for token in tokens_of(user) * 4]))
    assert outcomes["yes"] == 2
    assert User.objects.get().email == NEW
    assert (EmailChange.objects.get().ended, AccountEvent.objects.filter(verb="email_changed").count()) == ("done", 1)


def test_control_without_locks_a_confirmation_is_lost_or_counted_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    user = make_user()
    start_email_change(user, new=NEW)
    without_row_locks(monkeypatch)
    real = EmailChange.save

    def slowly(self: EmailChange, **kwargs: object) -> None:
        time.sleep(0.3)
        real(self, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(EmailChange, "save", slowly)
    outcomes = Counter(all_at_once([confirm(token) for token in tokens_of(user) * 4]))
    assert (outcomes["yes"], User.objects.get().email) != (2, NEW)


def test_two_people_and_one_new_address() -> None:
    people = [make_user(), make_user()]
    for user in people:
        start_email_change(user, new=NEW)
    pairs = [tokens_of(user) for user in people]
    for pair in pairs:
        confirm_email_change(pair[0])
    assert sorted(str(outcome) for outcome in all_at_once([confirm(pair[1]) for pair in pairs])) == ["taken", "yes"]
    assert User.objects.filter(email=NEW).count() == 1
