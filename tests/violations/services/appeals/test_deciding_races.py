"""Two reviewers press at once, on PostgreSQL: one decides."""

import threading
from decimal import Decimal

import pytest

from accounts.models import User
from tests.factories import make_appeal, make_user
from tests.together import all_at_once, without_row_locks
from violations.errors import AppealRefused
from violations.models import Appeal, AppealEvent
from violations.services.appeals import deciding
from violations.services.appeals.deciding import decide_appeal
from violations.services.appeals.drafting import submit_appeal

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def two_decide() -> list[Appeal | Exception]:
    """One upholds while the other cancels."""
    person, reviewers = make_user(), [make_user(is_staff=True) for _n in range(2)]
    appeal = submit_appeal(make_appeal(person), by=person)

    def decide(by: User, decision: str, owed: str) -> Appeal:
        expected = (Decimal(owed), Decimal("0.00"))
        return decide_appeal(appeal, decision=decision, response="Seen.", by=by, expected=expected)

    first, second = reviewers
    return all_at_once([lambda: decide(first, "upheld", "50.00"), lambda: decide(second, "cancelled", "0.00")])


def decisions() -> int:
    return AppealEvent.objects.filter(from_state="submitted").count()


def test_one_of_two_reviewers_decides() -> None:
    results = two_decide()
    assert sorted(type(result).__name__ for result in results) == ["Appeal", "AppealRefused"]
    assert [result.code for result in results if isinstance(result, AppealRefused)] in (["decided"], ["changed"])
    assert decisions() == 1


def test_control_without_locks_both_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    without_row_locks(monkeypatch)
    both_looked = threading.Barrier(2)

    def look_together(appeal: Appeal) -> None:
        both_looked.wait(20)

    monkeypatch.setattr(deciding, "_check_open", look_together)
    two_decide()
    assert decisions() == 2
