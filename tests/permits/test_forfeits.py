"""Who has lost the privileges pays for nothing that is still held, and what is held goes back."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Mail, User
from opscom.lib.dates import today
from payments.errors import PaymentRefused
from payments.models import Charge
from payments.payables import payable_for
from payments.services.attempts import resolve_payment
from payments.services.ledger_check import find_problems
from payments.services.promises import promise_payment
from payments.services.refundable import paid_and_left
from permits.capacity import occupancy
from permits.errors import PermitRefused
from permits.models import Permit, PermitBan, PermitType
from permits.services import runs
from permits.services.bans import ban_person
from permits.services.exchange import exchange_permit
from permits.services.extending import extend_temporary
from permits.services.forfeits import give_back_of_banned
from permits.services.visitors.wallet import offer_hours
from permits.services.waitlists.answering import accept_offer
from tests.factories import (
    change_office,
    make_charge,
    make_checkout,
    make_hours,
    make_lot,
    make_offer,
    make_permit,
    make_temporary,
    make_user,
    make_vehicle,
    make_window,
)
from tests.payments.bank import Books
from tests.payments.conftest import begin, pay_at_provider
from tests.payments.refunding import paid_by_card
from tests.payments.vault import Machine

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def ban(user: User, *, months: int = 0, at: datetime | None = None) -> PermitBan:
    return ban_person(user, reason="Forged permit", months=months, by=make_user(is_staff=True), at=at)


def again(permit: Permit) -> Permit:
    return Permit.objects.select_related("charge", "holder").get(pk=permit.pk)


def paying(charge: Charge) -> str:
    with pytest.raises(PaymentRefused) as refusal:
        make_checkout([charge])
    assert refusal.value.code == "banned"
    return str(refusal.value)


def test_held_place_can_neither_be_paid_nor_is_it_kept() -> None:
    permit = make_permit(window=make_window(make_lot(spaces=1)))
    ban(permit.holder)
    assert paying(permit.charge) == (
        f"The office gives you no permit any more: Forged permit. So permit {permit.number} cannot be paid: its place goes to "
        "somebody else, and nothing is owed for it. If you think that this is a mistake, tell the office."
    )
    assert (give_back_of_banned(), give_back_of_banned()) == (1, 0)
    permit = again(permit)
    assert (permit.state, permit.charge.state) == ("released", "void")
    assert occupancy(permit.permit_type, permit.period).free == 1
    assert permit.events.latest("pk").reason == "lost privileges"
    mail = Mail.objects.get(user=permit.holder)
    assert (mail.kind, "have not paid for goes back too" in mail.text) == ("privileges_lost", True)


def test_payments_page_says_why_and_what_to_do(resident_client: Client, resident: User) -> None:
    permit = make_permit(resident)
    ban(resident, months=3)
    answer = resident_client.post("/checkout/", {"charge": permit.charge.code}, follow=True)
    assert f"So permit {permit.number} cannot be paid" in answer.content.decode()


def test_others_keep_theirs_and_so_does_who_may_buy_again() -> None:
    now = timezone.now()
    other, permit = make_permit(), make_permit(at=now)
    lost = ban(permit.holder, months=1, at=now - 60 * DAY)
    assert lost.ends_before is not None and lost.ends_before <= today(now)
    assert give_back_of_banned(at=now) == 0
    assert [again(one).state for one in (other, permit)] == ["held", "held"]
    assert make_checkout([permit.charge], permit.holder).total == permit.charge.amount


def test_who_was_paying_already_gets_it_and_a_failure_frees_it() -> None:
    paid, failed = make_permit(), make_permit()
    attempts = [begin(make_checkout([permit.charge], permit.holder)) for permit in (paid, failed)]
    for permit in (paid, failed):
        ban(permit.holder)
    assert give_back_of_banned() == 0
    pay_at_provider(attempts[0])
    resolve_payment(attempts[0])
    type(attempts[1]).objects.filter(pk=attempts[1].pk).update(state="failed")
    assert give_back_of_banned() == 1
    assert [again(permit).state for permit in (paid, failed)] == ["active", "released"]


def test_promise_for_it_ends_too_and_a_ticket_that_was_promised_with_it_is_owed_again() -> None:
    alone, mixed = make_permit(), make_permit()
    ticket = make_charge(mixed.holder)
    promises = [
        promise_payment(make_checkout(charges, permit.holder), email="a@example.test")
        for permit, charges in ((alone, [alone.charge]), (mixed, [mixed.charge, ticket]))
    ]
    for permit in (alone, mixed):
        ban(permit.holder)
    assert give_back_of_banned() == 2
    for promise in promises:
        promise.refresh_from_db()
    ticket.refresh_from_db()
    assert [promise.state for promise in promises] == ["cancelled", "cancelled"]
    assert [again(permit).state for permit in (alone, mixed)] == ["released", "released"]
    assert (ticket.state, list(Charge.objects.for_user(mixed.holder).open())) == ("open", [ticket])


def test_exchange_that_waits_is_undone_with_its_money(bank: Books, resident: User) -> None:
    old = make_permit(resident, make_window(price="60.00", valid_from=today() + DAY, valid_before=today() + 31 * DAY))
    paid_by_card([old.charge], resident)
    new = exchange_permit(again(old), window=make_window(price="77.00"), expected=Decimal("17.00"), by=resident)
    ban(resident)
    assert "So permit" in paying(new.charge)
    assert give_back_of_banned() == 1
    assert [again(permit).state for permit in (old, new)] == ["active", "released"]
    assert find_problems() == []
    assert paid_and_left(again(old).charge)[1] == Decimal("60.00")


def test_place_of_a_waitlist_goes_to_the_next_and_the_person_waits_on() -> None:
    offer = make_offer()
    user = offer.entry.user
    permit = accept_offer(offer, user, vehicles=[make_vehicle(user)])
    ban(user)
    assert give_back_of_banned() == 1
    offer.refresh_from_db()
    offer.entry.refresh_from_db()
    assert (again(permit).state, offer.state, offer.entry.state) == ("released", "withdrawn", "waiting")


def test_owed_month_ends_and_nobody_is_charged_for_it(vault: Machine) -> None:
    permit = make_permit(window=make_window(sale_ends=timezone.now() + 3650 * DAY))
    end = today() + 2 * DAY
    Permit.objects.filter(pk=permit.pk).update(state="active", held_until=None, rollover=True, valid_before=end)
    runs.renew(permit.pk, at=timezone.now())
    term = permit.terms.get()
    ban(permit.holder)
    assert f"So permit {permit.number} cannot be paid" in paying(term.charge)
    assert (give_back_of_banned(), give_back_of_banned()) == (1, 0)
    term.refresh_from_db()
    permit = again(permit)
    assert (term.state, term.charge.state, permit.state) == ("lapsed", "void", "active")
    assert (permit.valid_before, permit.rollover) == (end, False)
    assert "gets no permits at present" in Mail.objects.get(kind="rollover_stopped").text


def test_permit_in_its_grace_ends_with_the_day(vault: Machine) -> None:
    permit = make_permit(window=make_window(sale_ends=timezone.now() + 3650 * DAY))
    end = today() + 2 * DAY
    Permit.objects.filter(pk=permit.pk).update(state="active", held_until=None, rollover=True, valid_before=end)
    runs.renew(permit.pk, at=timezone.now())
    later = timezone.now() + 4 * DAY
    ban(permit.holder, at=later)
    assert give_back_of_banned(at=later) == 1
    assert again(permit).valid_before == today(later) + DAY


def test_visitor_hours_that_could_not_be_used_are_neither_sold_nor_paid(resident: User) -> None:
    change_office(visitor_hours=True)
    block = make_hours(resident)
    ban(resident)
    assert "these visitor hours cannot be paid" in paying(block.charge)
    Charge.objects.update(held_until=timezone.now() - DAY)
    with pytest.raises(PermitRefused, match="gives you no permit any more"):
        make_hours(resident)
    assert offer_hours(resident).sells


def test_visitor_hours_that_wait_and_their_promise_go_back_but_not_what_is_being_paid(bank: Books) -> None:
    change_office(visitor_hours=True)
    waiting, promised, paying_now, spent, other = (make_hours() for _n in range(5))
    promise = promise_payment(make_checkout([promised.charge], promised.user), email="a@example.test")
    attempt = begin(make_checkout([paying_now.charge], paying_now.user))
    Charge.objects.filter(pk=spent.charge_id).update(held_until=None)  # paid, and taken back by the bank
    for block in (waiting, promised, paying_now, spent):
        ban(block.user)
    assert (give_back_of_banned(), give_back_of_banned()) == (2, 0)
    promise.refresh_from_db()
    assert promise.state == "cancelled"
    states = dict(Charge.objects.values_list("pk", "state"))
    blocks = (waiting, promised, paying_now, spent, other)
    assert [states[block.charge_id] for block in blocks] == ["void", "void", "open", "open", "open"]
    type(attempt).objects.filter(pk=attempt.pk).update(state="failed")
    assert give_back_of_banned() == 1
    assert find_problems() == []


def test_parking_that_costs_nothing_more_is_not_extended() -> None:
    now = timezone.now()
    start = now.replace(minute=0, second=0, microsecond=0)
    permit = make_temporary(start=start, at=start)
    Permit.objects.filter(pk=permit.pk).update(state="active", held_until=None)
    PermitType.objects.update(daily=Decimal("4.00"))
    ban(permit.holder)
    permit = Permit.objects.select_related("holder", "lot", "permit_type__lot", "renews").get(pk=permit.pk)
    with pytest.raises(PermitRefused, match="Forged permit"):
        extend_temporary(permit, until=start + timedelta(hours=4), expected=Decimal("0.00"), by=permit.holder, at=start)


def test_permit_whose_money_was_taken_back_may_be_paid() -> None:
    permit = make_permit()
    Permit.objects.filter(pk=permit.pk).update(state="suspended", held_until=None)
    ban(permit.holder)
    payable_for(permit.charge).check(permit.charge, timezone.now())
    assert give_back_of_banned() == 0
