"""Locker Information: its combination, renewing and switching."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Mail, User
from lockers.models import CombinationView, LockerSite, LockerTerm
from lockers.services.combinations import note_changed_lock, set_combinations
from lockers.services.ending import clear_out, end_term
from lockers.services.giving_back import give_back, quote_giving_back
from lockers.services.switching import switch_locker
from opscom.lib.acting import acting_as
from opscom.lib.dates import today
from payments.models import Refund
from payments.payables import payable_for
from tests.conftest import sign_in
from tests.factories import (
    change_office,
    hold_locker,
    make_locker,
    make_locker_term,
    make_locker_window,
    make_user,
)
from tests.lockers.services.test_reserve import paid


def show(client: Client, term: LockerTerm) -> str:
    return client.post(f"/lockers/{term.code}/combination/", follow=True).content.decode()


def test_information_is_the_holders_alone(resident_client: Client, resident: User) -> None:
    term = make_locker_term(resident)
    page = resident_client.get(f"/lockers/{term.code}/").content.decode()
    assert ("Locker Information" in page, term.locker.number in page, "Show the combination" in page) == (
        True,
        True,
        False,
    )
    assert sign_in(Client(), make_user()).get(f"/lockers/{term.code}/").status_code == 404


def test_combination_is_shown_to_the_present_holder_and_every_look_is_kept(
    resident_client: Client, resident: User
) -> None:
    term = hold_locker(resident)
    set_combinations(term.locker, ["12-34-56"])
    assert "12-34-56" not in term.locker.combinations.get().sealed
    assert "12-34-56" not in show(resident_client, term)
    paid(term)
    assert "12-34-56" not in resident_client.get(f"/lockers/{term.code}/").content.decode()
    assert "12-34-56" in show(resident_client, term)
    assert list(CombinationView.objects.values_list("locker", "term", "by")) == [(term.locker_id, term.pk, resident.pk)]
    with acting_as(make_user().pk):
        assert "12-34-56" not in show(resident_client, term)


@pytest.mark.parametrize("days", [-30, 1])
def test_combination_is_not_shown_before_or_after_the_term(resident_client: Client, resident: User, days: int) -> None:
    start = today() + timedelta(days=days)
    term = make_locker_term(resident, starts_on=start, ends_before=start + timedelta(days=30))
    set_combinations(term.locker, ["12-34-56"])
    assert "12-34-56" not in show(resident_client, term)


def test_next_holder_sees_the_next_combination_once_the_lock_is_changed(
    resident_client: Client, resident: User, staff: User
) -> None:
    first = make_locker_term()
    set_combinations(first.locker, ["12-34-56", "65-43-21"])
    end_term(first, by=staff, reason="Left")
    term = make_locker_term(resident, locker=first.locker)
    assert "the office changes its lock first" in show(resident_client, term)
    note_changed_lock(term.locker)
    assert "65-43-21" in show(resident_client, term)
    assert note_changed_lock(term.locker).in_use == 1


def test_combination_waits_while_the_one_before_has_not_emptied_the_locker(
    resident_client: Client, resident: User, staff: User
) -> None:
    day = today()
    before = make_locker_term(starts_on=day - timedelta(days=9), ends_before=day)
    set_combinations(before.locker, ["12-34-56"])
    term = make_locker_term(resident, locker=before.locker)
    assert "the office changes its lock first" in show(resident_client, term)
    clear_out(before, by=staff)
    note_changed_lock(term.locker)
    assert "12-34-56" in show(resident_client, term)


def test_renew_button_puts_the_same_locker_into_the_cart(resident_client: Client, resident: User) -> None:
    term = make_locker_term(resident)
    window = make_locker_window(name="Summer term")
    page = resident_client.get(f"/lockers/{term.code}/").content.decode()
    assert ("Keep it for the next term: Summer term" in page, "Renew for $40.00" in page) == (True, True)
    answer = resident_client.post(f"/lockers/{term.code}/renew/", {"window": window.code})
    assert answer.headers["Location"] == "/lockers/cart/"
    assert "Renew for" not in resident_client.get(f"/lockers/{term.code}/").content.decode()


def test_switch_to_a_dearer_locker_costs_the_difference_and_the_old_one_stays_until_paid(
    resident_client: Client, resident: User
) -> None:
    term = paid(hold_locker(resident))
    dear = make_locker(LockerSite.objects.create(name="Tower", price=Decimal("55.00")))
    address = f"/lockers/{term.code}/switch/"
    assert resident_client.get(address).status_code == 200
    assert resident_client.post(address, {"locker": dear.pk}).headers["Location"] == "/lockers/cart/"
    new = LockerTerm.objects.get(locker=dear)
    term.refresh_from_db()
    assert (term.state, new.state, new.charge.amount) == ("active", "held", Decimal("15.00"))  # type: ignore[union-attr]
    paid(new)
    term.refresh_from_db()
    assert (term.state, new.state) == ("ended", "active")


def test_switch_to_a_locker_that_costs_no_more_is_at_once(resident_client: Client, resident: User) -> None:
    term = paid(hold_locker(resident))
    other = make_locker(term.locker.site)
    answer = resident_client.post(f"/lockers/{term.code}/switch/", {"locker": other.pk})
    new = LockerTerm.objects.get(locker=other)
    term.refresh_from_db()
    assert (answer.headers["Location"], term.state, new.state, new.charge) == (
        f"/lockers/{new.code}/",
        "ended",
        "active",
        None,
    )


def test_switch_is_not_there_where_the_office_does_not_want_it(resident_client: Client, resident: User) -> None:
    term = paid(hold_locker(resident))
    change_office(locker_switching=False)
    assert resident_client.get(f"/lockers/{term.code}/switch/").status_code == 404


def test_payment_that_is_undone_suspends_the_locker_in_its_place(resident: User) -> None:
    term = paid(hold_locker(resident))
    new = switch_locker(term, to=make_locker(term.locker.site), by=resident)
    assert term.charge is not None
    payable_for(term.charge).on_reversed(term.charge, timezone.now())
    new.refresh_from_db()
    assert new.state == "suspended"
    payable_for(term.charge).on_settled(term.charge, timezone.now())
    new.refresh_from_db()
    assert new.state == "active"


def test_give_back_returns_what_the_quote_said_and_frees_the_locker(resident_client: Client, resident: User) -> None:
    term = paid(hold_locker(resident))
    page = resident_client.get(f"/lockers/{term.code}/give-back/").content.decode()
    assert "Give it back and get $40.00" in page
    refused = resident_client.post(f"/lockers/{term.code}/give-back/", {"back": "39.00"}, follow=True)
    assert "The amount has changed" in refused.content.decode()
    resident_client.post(f"/lockers/{term.code}/give-back/", {"back": "40.00"})
    term.refresh_from_db()
    assert term.state == "ended"
    assert [(refund.amount, refund.charge) for refund in Refund.objects.all()] == [(Decimal("40.00"), term.charge)]
    mail = Mail.objects.get(kind="locker_changed")
    assert ("You gave locker" in mail.text, "$40.00" in mail.text) == (True, True)
    assert hold_locker(locker=term.locker, window=term.window).state == "held"


def test_give_back_counts_what_was_paid_before_a_switch(resident: User) -> None:
    term = paid(hold_locker(resident))
    dear = make_locker(LockerSite.objects.create(name="Tower", price=Decimal("55.00")))
    new = paid(switch_locker(term, to=dear, by=resident))
    assert quote_giving_back(new).amount == Decimal("55.00")
    give_back(new, expected=Decimal("55.00"), by=resident)
    assert sorted(Refund.objects.values_list("amount", flat=True)) == [Decimal("15.00"), Decimal("40.00")]


def test_give_back_is_not_there_where_the_office_does_not_want_it(resident_client: Client, resident: User) -> None:
    term = make_locker_term(resident)
    assert "Nothing was paid for it" in resident_client.get(f"/lockers/{term.code}/give-back/").content.decode()
    change_office(locker_releasing=False)
    assert resident_client.get(f"/lockers/{term.code}/give-back/").status_code == 404
