"""A stored card at two checkouts that share a charge, on PostgreSQL: it is charged once; with the control that it is not
without the locks."""

import time
from decimal import Decimal
from functools import partial

import pytest

from payments.services import stored
from payments.services.attempts import keep_charges
from payments.services.stored import charge_card
from tests.factories import make_charge, make_checkout, make_stored_card, make_user
from tests.payments.vault import Machine
from tests.together import all_at_once, without_row_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def charge_in_two_tabs(vault: Machine, monkeypatch: pytest.MonkeyPatch) -> Decimal:
    """One tab pays [A], the other [A, B], of $30 each; answers what was taken from the card."""
    user = make_user()
    card = make_stored_card(user, provider="vault", primary=True)
    shared, other = (make_charge(user, kind="opening", amount="30.00") for _ in range(2))
    tabs = [make_checkout([shared], user), make_checkout([shared, other], user)]

    def slowly(*args: object) -> None:
        time.sleep(0.3)
        keep_charges(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(stored, "keep_charges", slowly)
    all_at_once([partial(charge_card, tab, card=card) for tab in tabs])
    return vault.money


def test_two_tabs_charge_the_card_for_one_of_them(vault: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert charge_in_two_tabs(vault, monkeypatch) in (Decimal("30.00"), Decimal("60.00"))


def test_control_without_locks_both_are_charged(vault: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    without_row_locks(monkeypatch)
    assert charge_in_two_tabs(vault, monkeypatch) == Decimal("90.00")
