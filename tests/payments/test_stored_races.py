"""A stored card at two checkouts that share a charge, or beside the provider's page for it, on PostgreSQL: one of them goes
on; with the controls that both do without the locks."""

import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest

from payments.models import Payment
from payments.services import attempts, stored
from payments.services.attempts import keep_charges, start_card_payment
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


def charge_while_a_page_opens(vault: Machine, monkeypatch: pytest.MonkeyPatch) -> int:
    """A worker charges the card for [A] while its person opens the provider's page for [A, B]; how many attempts there are."""
    user = make_user()
    card = make_stored_card(user, provider="vault", primary=True)
    shared, other = (make_charge(user, kind="opening", amount="30.00") for _ in range(2))
    worker, person = make_checkout([shared], user), make_checkout([shared, other], user)

    def slowly(*args: object) -> None:
        time.sleep(0.3)
        keep_charges(*args)  # type: ignore[arg-type]

    for module in (stored, attempts):
        monkeypatch.setattr(module, "keep_charges", slowly)
    jobs: list[Callable[[], object]] = [
        partial(charge_card, worker, card=card),
        partial(start_card_payment, person, email=user.email),
    ]
    all_at_once(jobs)
    return Payment.objects.count()


def test_card_is_not_charged_beside_a_page_that_opens(vault: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert charge_while_a_page_opens(vault, monkeypatch) == 1


def test_control_without_locks_the_page_opens_too(vault: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    without_row_locks(monkeypatch)
    assert charge_while_a_page_opens(vault, monkeypatch) == 2
