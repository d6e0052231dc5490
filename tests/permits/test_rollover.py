"""Permit Rollover (CARD-5, RULES 31, 48): each month once, whatever happens on the way."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Mail, User
from opscom.lib.dates import Period, anchor_of, month_later, start_of_day, today
from payments.models import Charge, LedgerEntry, Payment, Receipt, StoredCard
from payments.providers.base import Decline
from payments.services.attempts import resolve_payment
from payments.services.promises import promise_payment
from payments.services.reconcile import reconcile_payment
from permits.capacity import occupancy
from permits.errors import PermitRefused
from permits.models import Permit, PermitTerm, RolloverRun, SalesWindow, WindowPrice
from permits.services import renewal, rollover, runs
from permits.services.renewal import window_of
from permits.services.reserve import reserve_permit
from tests.accounts.office import SETTINGS_READ
from tests.factories import (
    change_office,
    make_ban,
    make_charge,
    make_checkout,
    make_lot,
    make_permit,
    make_stored_card,
    make_user,
    make_user_type,
    make_vehicle,
    make_window,
)
from tests.payments.vault import Machine
from tests.payments.views.counting import queries

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def activate(permit: Permit, **fields: object) -> Permit:
    """As if it had been paid."""
    Permit.objects.filter(pk=permit.pk).update(state="active", held_until=None, **fields)
    Charge.objects.filter(pk=permit.charge_id).update(state="settled")
    permit.refresh_from_db()
    return permit


def rolling(user: User | None = None, *, left: int = 2, card: bool = True, **fields: object) -> Permit:
    """A paid monthly permit that ends in so many days and renews itself."""
    user = user or make_user()
    window = make_window(fields.pop("lot", None), sale_ends=timezone.now() + timedelta(days=3650))  # type: ignore[arg-type]
    permit = activate(make_permit(user, window), valid_before=today() + left * DAY, rollover=True, **fields)
    if card:
        make_stored_card(user, provider="vault", primary=True)
    return permit


def term_of(permit: Permit) -> PermitTerm:
    permit.refresh_from_db()
    return permit.terms.get()


def mails(kind: str) -> int:
    return Mail.objects.filter(kind=kind).count()


@pytest.mark.parametrize(
    ("first", "before", "starts"),
    [
        ("2027-01-31", "2027-02-28", ["2027-03-31", "2027-04-30", "2027-05-31"]),
        ("2028-01-31", "2028-02-29", ["2028-03-31", "2028-04-30"]),
        ("2028-01-29", "2028-02-29", ["2028-03-29"]),
        ("2027-01-30", "2027-02-28", ["2027-03-30"]),
        ("2026-12-01", "2027-01-01", ["2027-02-01", "2027-03-01"]),
        ("2026-11-15", "2026-12-15", ["2027-01-15"]),
        ("2027-02-28", "2027-03-28", ["2027-04-28"]),
    ],
)
def test_months_are_clamped_and_come_back_to_their_day(first: str, before: str, starts: list[str]) -> None:
    day = date.fromisoformat(before)
    anchor = anchor_of(date.fromisoformat(first), day)
    found = []
    for _ in starts:
        day = month_later(day, anchor=anchor)
        found.append(day.isoformat())
    assert found == starts


def test_month_is_charged_booked_and_the_permit_goes_on(resident: User, vault: Machine) -> None:
    permit = rolling(resident)
    starts = permit.valid_before
    assert runs.renew(permit.pk, at=timezone.now()) == ("renewed", "")
    term = term_of(permit)
    assert (term.state, term.starts_on, permit.valid_before) == ("paid", starts, term.ends_before)
    assert term.ends_before == month_later(starts, anchor=window_of(permit).valid_before.day)
    payment = Payment.objects.get(stored_card__isnull=False)
    assert (payment.state, payment.amount, payment.stored_card) == (
        "confirmed",
        Decimal("77.00"),
        StoredCard.objects.get(),
    )
    assert sorted(payment.entries.values_list("account", "amount")) == [
        ("card", Decimal("77.00")), ("charge", Decimal("-77.00"))
    ]  # fmt: skip
    assert (vault.money, mails("receipt"), Receipt.objects.count()) == (Decimal("77.00"), 1, 1)
    assert permit.events.last().reason == "renewed"  # type: ignore[union-attr]


def test_again_is_not_charged_again(vault: Machine) -> None:
    permit = rolling()
    for _ in range(3):
        runs.renew(permit.pk, at=timezone.now())
    assert (vault.money, PermitTerm.objects.count()) == (Decimal("77.00"), 1)


def test_changed_card_is_not_charged_for_the_same_month(vault: Machine) -> None:
    permit = rolling()
    runs.renew(permit.pk, at=timezone.now())
    other = make_stored_card(permit.holder, provider="vault")
    permit.refresh_from_db()
    rollover.turn_rollover_on(permit, card=other, by=permit.holder)
    PermitTerm.objects.update(next_try_at=timezone.now())
    renewal.collect_term(PermitTerm.objects.get().pk)
    assert (runs.renew(permit.pk, at=timezone.now())[0], vault.money) == ("skipped", Decimal("77.00"))


def test_chosen_card_is_charged_rather_than_the_primary_one(vault: Machine) -> None:
    permit = rolling()
    other = make_stored_card(permit.holder, provider="vault")
    rollover.turn_rollover_on(permit, card=other, by=permit.holder)
    runs.renew(permit.pk, at=timezone.now())
    assert Payment.objects.get(stored_card__isnull=False).stored_card == other


def test_price_is_that_of_the_day_on_which_it_is_made(vault: Machine) -> None:
    permit = rolling()
    WindowPrice.objects.create(window=window_of(permit), from_day=today(), amount=Decimal("85.00"))
    WindowPrice.objects.create(window=window_of(permit), from_day=today() + DAY, amount=Decimal("99.00"))
    runs.renew(permit.pk, at=timezone.now())
    assert vault.money == Decimal("85.00")


def test_new_price_is_announced_once_a_price(vault: Machine) -> None:
    permit = rolling(left=17)
    assert rollover.announce_prices() == 0
    changed = WindowPrice.objects.create(window=window_of(permit), from_day=today() + 14 * DAY, amount=Decimal("85.00"))
    assert [rollover.announce_prices(), rollover.announce_prices()] == [1, 0]
    changed.amount = Decimal("86.00")
    changed.save()
    assert (rollover.announce_prices(), mails("rollover_price")) == (1, 2)


@pytest.mark.parametrize(("left", "written"), [(17, 1), (18, 0)])
def test_new_price_is_announced_the_offices_days_before(vault: Machine, left: int, written: int) -> None:
    permit = rolling(left=left)
    WindowPrice.objects.create(window=window_of(permit), from_day=today() + DAY, amount=Decimal("85.00"))
    assert rollover.announce_prices() == written


def test_soft_decline_is_tried_again_after_1_3_and_5_days_and_then_asked(vault: Machine) -> None:
    permit, start = rolling(), timezone.now()
    vault.declines[StoredCard.objects.get().token] = Decline.SOFT
    assert runs.renew(permit.pk, at=start) == ("retry", "The bank declined the card.")
    tried = []
    for hours in range(0, 24 * 7, 6):
        before = Payment.objects.count()
        for pk in rollover.due_terms(at=start + timedelta(hours=hours)):
            renewal.collect_term(pk, at=start + timedelta(hours=hours))
        tried += [hours / 24] * (Payment.objects.count() - before)
    assert tried == [1, 3, 5]
    assert (mails("rollover_failed"), term_of(permit).next_try_at, vault.money) == (1, None, Decimal(0))


def test_retry_that_succeeds_prolongs_the_permit(vault: Machine) -> None:
    permit, start = rolling(), timezone.now()
    token = StoredCard.objects.get().token
    vault.declines[token] = Decline.SOFT
    runs.renew(permit.pk, at=start)
    del vault.declines[token]
    assert renewal.collect_term(term_of(permit).pk, at=start + 1.1 * DAY).state == "paid"
    assert (term_of(permit).ends_before, vault.money) == (permit.valid_before, Decimal("77.00"))


@pytest.mark.parametrize("decline", [Decline.HARD, Decline.AUTHENTICATE])
def test_hard_decline_asks_the_holder_at_once(vault: Machine, decline: Decline) -> None:
    permit = rolling()
    vault.declines[StoredCard.objects.get().token] = decline
    assert runs.renew(permit.pk, at=timezone.now())[0] == "asked"
    assert (term_of(permit).problem, mails("rollover_failed"), rollover.due_terms()) == (decline.value, 1, [])
    mail = Mail.objects.get(kind="rollover_failed")
    assert "/payments/" in mail.text


def test_holder_pays_on_session_and_the_permit_goes_on(vault: Machine) -> None:
    permit = rolling(card=False)
    assert runs.renew(permit.pk, at=timezone.now()) == ("asked", "No card is stored.")
    term = term_of(permit)
    payment = promise_payment(make_checkout([term.charge], permit.holder), email=permit.holder.email)
    from payments.services.settle import fulfil_payment, record_money

    record_money(payment, received=payment.amount, account=LedgerEntry.Account.OFFICE, at=timezone.now())
    fulfil_payment(payment)
    assert (term_of(permit).state, permit.valid_before) == ("paid", term.ends_before)


def test_expired_card_is_not_tried(vault: Machine) -> None:
    permit = rolling(card=False)
    make_stored_card(permit.holder, provider="vault", primary=True, exp_year=today().year - 1)
    assert runs.renew(permit.pk, at=timezone.now()) == ("asked", "The card has expired.")
    assert vault.asked == []


def test_grace_keeps_the_permit_and_the_place_then_it_lapses(vault: Machine) -> None:
    lot = make_lot(spaces=1)
    permit = rolling(card=False, lot=lot)
    runs.renew(permit.pk, at=timezone.now())
    term = term_of(permit)
    grace = term.starts_on + 7 * DAY
    assert (permit.valid_before, occupancy(lot, Period(grace, term.ends_before)).free) == (grace, 0)
    assert rollover.lapse_terms(at=term.lapses_at - timedelta(seconds=1)) == 0
    assert rollover.lapse_terms(at=term.lapses_at) == 1
    term = term_of(permit)
    assert (term.state, term.charge.state, permit.rollover, permit.valid_before) == ("lapsed", "void", False, grace)
    assert (occupancy(lot, Period(grace, term.ends_before)).free, mails("rollover_stopped")) == (1, 1)
    assert rollover.lapse_terms(at=term.lapses_at) == 0


def test_paid_after_the_grace_is_given_while_a_place_is_left(vault: Machine) -> None:
    permit = rolling(card=False)
    runs.renew(permit.pk, at=timezone.now())
    term = term_of(permit)
    payment = promise_payment(make_checkout([term.charge], permit.holder), email="a@example.test")
    Payment.objects.filter(pk=payment.pk).update(state="expired")
    term.refresh_from_db()
    rollover.lapse_terms(at=term.lapses_at)
    from payments.services.settle import fulfil_payment, record_money

    payment.refresh_from_db()
    record_money(payment, received=payment.amount, account="office", at=timezone.now())
    fulfil_payment(payment)
    assert (term_of(permit).state, permit.valid_before) == ("paid", term.ends_before)


def test_promised_month_does_not_lapse_before_the_promise(vault: Machine) -> None:
    permit = rolling(card=False)
    runs.renew(permit.pk, at=timezone.now())
    promise_payment(make_checkout([term_of(permit).charge], permit.holder), email="a@example.test")
    assert rollover.lapse_terms(at=term_of(permit).lapses_at + 60 * DAY) == 0


def test_killed_between_charge_and_booking_is_found_by_asking(vault: Machine) -> None:
    """The provider has the money, we do not know: it is asked, and never charged again."""
    permit, at = rolling(), timezone.now()
    vault.charges_then_dies = True
    assert runs.renew(permit.pk, at=at)[0] == "checking"
    payment = Payment.objects.get(stored_card__isnull=False)
    assert (payment.state, payment.provider_ref, vault.money) == ("created", "", Decimal("77.00"))
    for hours in (2, 4, 30):
        renewal.collect_term(term_of(permit).pk, at=at + timedelta(hours=hours))
    assert vault.asked.count("charge_stored") == 1
    assert reconcile_payment(payment).state == "confirmed"
    assert (term_of(permit).state, vault.money) == ("paid", Decimal("77.00"))


def test_never_heard_of_is_believed_only_after_a_while_and_then_tried_anew(vault: Machine) -> None:
    permit, at = rolling(), timezone.now()
    vault.silent = True
    runs.renew(permit.pk, at=at)
    vault.silent = False
    payment = Payment.objects.get(stored_card__isnull=False)
    assert resolve_payment(payment).state == "created"
    Payment.objects.filter(pk=payment.pk).update(created_at=timezone.now() - timedelta(minutes=6))
    payment.refresh_from_db()
    assert resolve_payment(payment).state == "expired"
    assert renewal.collect_term(term_of(permit).pk, at=at + timedelta(hours=2)).state == "paid"
    assert vault.money == Decimal("77.00")


def test_decline_that_the_sweep_heard_of_is_judged_before_another_try(vault: Machine) -> None:
    permit, at = rolling(), timezone.now()
    vault.declines[StoredCard.objects.get().token] = Decline.HARD
    vault.charges_then_dies = True
    runs.renew(permit.pk, at=at)
    payment = resolve_payment(Payment.objects.get(stored_card__isnull=False))
    assert (payment.state, payment.decline) == ("failed", "hard")
    assert renewal.collect_term(term_of(permit).pk, at=at + timedelta(hours=2)).problem == "hard"
    assert vault.asked.count("charge_stored") == 1


def test_turning_it_off_ends_an_owed_month(vault: Machine) -> None:
    permit = rolling(card=False)
    starts = permit.valid_before
    runs.renew(permit.pk, at=timezone.now())
    rollover.turn_rollover_off(permit, by=permit.holder)
    term = term_of(permit)
    assert (term.state, term.charge.state, permit.rollover, permit.valid_before) == ("cancelled", "void", False, starts)


def test_turning_it_off_waits_for_a_payment_under_way(vault: Machine) -> None:
    permit = rolling()
    vault.charges_then_dies = True
    runs.renew(permit.pk, at=timezone.now())
    with pytest.raises(PermitRefused) as refused:
        rollover.turn_rollover_off(permit, by=permit.holder)
    assert refused.value.code == "busy"


def test_turning_it_on_needs_a_card_and_a_paid_monthly_permit(resident: User, vault: Machine) -> None:
    permit = rolling(resident, card=False, left=20)
    for change, code in [({}, "no-card"), ({"period": "semester"}, "not-monthly")]:
        SalesWindow.objects.filter(pk=window_of(permit).pk).update(**change)
        with pytest.raises(PermitRefused) as refused:
            rollover.turn_rollover_on(permit, card=None, by=resident)
        assert refused.value.code == code


def test_somebody_elses_card_is_refused(resident: User, vault: Machine) -> None:
    permit = rolling(resident)
    with pytest.raises(PermitRefused):
        rollover.turn_rollover_on(permit, card=make_stored_card(make_user(), primary=True), by=resident)


Spoil = Callable[[Permit], object]


def full_lot(permit: Permit) -> None:
    """Somebody else has bought the place for the time after."""
    other = make_user()
    window = make_window(permit.lot, valid_from=permit.valid_before, valid_before=permit.valid_before + 30 * DAY)
    permit.lot.spaces = 1
    permit.lot.save()
    reserve_permit(other, window=window, vehicles=[make_vehicle(other)])


OBSTACLES: list[tuple[str, Spoil]] = [
    ("The lot does not sell this permit any more.", lambda p: type(p.permit_type).objects.update(active=False)),
    ("The lot is full in that month.", full_lot),
    ("An overdue ticket is owed.", lambda p: make_charge(p.holder, due_on=today() - DAY)),
    ("Its holder gets no permits at present.", lambda p: make_ban(p.holder)),
    ("Its holder's account is closed.", lambda p: User.objects.filter(pk=p.holder_id).update(is_active=False)),
]


@pytest.mark.parametrize(("reason", "spoil"), OBSTACLES)
def test_obstacle_is_rehearsed_and_nobody_charged(vault: Machine, reason: str, spoil: Spoil) -> None:
    change_office(rollover_needs_no_fines=True)
    permit = rolling()
    spoil(permit)
    [line] = runs.rehearse().lines
    assert line.reason == reason
    assert runs.renew(permit.pk, at=timezone.now()) == ("skipped", reason)
    assert (vault.asked, PermitTerm.objects.count(), mails("rollover_stopped")) == ([], 0, 1)


def test_owed_ticket_stops_nothing_where_the_office_does_not_say_so(vault: Machine) -> None:
    permit = rolling()
    make_charge(permit.holder, due_on=today() - DAY)
    assert runs.renew(permit.pk, at=timezone.now())[0] == "renewed"


def test_rehearsal_charges_nobody_and_adds_up(vault: Machine, django_assert_num_queries: object) -> None:
    rolling(), rolling(), rolling(card=False), rolling(left=4)
    expired = rolling(card=False)
    make_stored_card(expired.holder, primary=True, exp_year=today().year - 1)
    rehearsal = runs.rehearse()
    assert (len(rehearsal.good), rehearsal.total, rehearsal.missing) == (2, Decimal("154.00"), Decimal("154.00"))
    assert [line.problem for line in rehearsal.bad] == ["no-card", "expired"]
    assert (vault.asked, PermitTerm.objects.count(), RolloverRun.objects.count()) == ([], 0, 0)


@pytest.mark.parametrize("rows", [1, 3])
def test_rehearsal_costs_as_much_for_three_as_for_one(vault: Machine, rows: int) -> None:
    for _ in range(rows):
        rolling()
    with queries(8 + 2 * SETTINGS_READ):
        assert len(runs.rehearse().lines) == rows


def test_run_does_everybody_and_can_be_taken_up_again(
    staff: User, vault: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    permits = [rolling() for _ in range(3)]
    run = runs.start_run(by=staff)
    assert runs.start_run(by=staff) == run
    monkeypatch.setattr(runs, "AT_ONCE", 2)
    assert (runs.go_on(run), runs.progress(run)) == (True, (2, 3))
    assert (runs.go_on(run), runs.progress(run)) == (False, (3, 3))
    run.refresh_from_db()
    assert (run.finished_at is None, vault.money, runs.collected(run)) == (False, Decimal("231.00"), Decimal("231.00"))
    assert {term_of(permit).state for permit in permits} == {"paid"}


def test_item_of_a_killed_worker_is_taken_up_after_its_lease(staff: User, vault: Machine) -> None:
    rolling()
    run, at = runs.start_run(by=staff), timezone.now()
    run.items.update(taken_at=at)
    assert (runs.go_on(run, at=at + timedelta(minutes=4)), vault.money) == (False, Decimal(0))
    run.refresh_from_db()
    assert run.finished_at is None
    runs.go_on(run, at=at + timedelta(minutes=6))
    assert vault.money == Decimal("77.00")


def test_daily_run_comes_once_a_day_where_the_office_wants_it(vault: Machine) -> None:
    assert runs.start_daily_run() is None
    rolling()
    change_office(rollover_automatic=False)
    assert runs.start_daily_run() is None
    change_office(rollover_automatic=True)
    assert runs.start_daily_run() is not None
    RolloverRun.objects.update(finished_at=timezone.now())
    assert runs.start_daily_run() is None


def test_switched_off_nothing_is_charged(vault: Machine) -> None:
    rolling()
    change_office(stored_cards=False)
    assert (runs.start_daily_run(), rollover.due_terms(), rollover.announce_prices()) == (None, [], 0)


def test_days_are_office_days_over_the_change_of_the_clock(vault: Machine) -> None:
    """Grace that begins before and ends after the change in March ends at midnight by the office's clock."""
    permit = rolling(card=False)
    Permit.objects.filter(pk=permit.pk).update(valid_before=date(2027, 3, 12))
    at = start_of_day(date(2027, 3, 10)) + timedelta(hours=12)
    runs.renew(permit.pk, at=at)
    lapses = timezone.localtime(term_of(permit).lapses_at)
    assert (lapses.date(), lapses.hour, lapses.utcoffset()) == (date(2027, 3, 19), 0, timedelta(hours=-4))


def test_cancelling_gives_back_of_the_last_month_alone(vault: Machine) -> None:
    from permits.services.cancel import quote_cancellation

    permit = rolling()
    runs.renew(permit.pk, at=timezone.now())
    permit.refresh_from_db()
    term = term_of(permit)
    at = start_of_day(term.ends_before - 11 * DAY) + timedelta(hours=12)
    days = (term.ends_before - term.starts_on).days
    assert quote_cancellation(permit, at=at).amount == (Decimal("77.00") * 10 / days).quantize(Decimal("0.01"))


def test_cancelling_waits_until_an_owed_month_is_settled(vault: Machine) -> None:
    from permits.services.cancel import quote_cancellation

    permit = rolling(card=False)
    runs.renew(permit.pk, at=timezone.now())
    permit.refresh_from_db()
    with pytest.raises(PermitRefused) as refused:
        quote_cancellation(permit)
    assert refused.value.code == "rollover"


def test_month_whose_money_was_taken_back_suspends_the_permit_until_it_is_paid_again(vault: Machine) -> None:
    from payments.payables import payable_for

    permit = rolling()
    runs.renew(permit.pk, at=timezone.now())
    charge = term_of(permit).charge
    hooks = payable_for(charge)
    hooks.on_reversed(charge, timezone.now())
    hooks.check(charge, timezone.now())
    assert term_of(permit).permit.state == "suspended"
    hooks.on_settled(charge, timezone.now())
    assert (term_of(permit).permit.state, term_of(permit).state) == ("active", "paid")


def test_what_staff_leave_out_is_not_charged_and_taken_up_in_time(staff: User, vault: Machine) -> None:
    charged, waits = rolling(left=3), rolling(left=3)
    rehearsal = runs.rehearse(without=[waits.pk], until=today() + DAY)
    assert [(line.permit, line.left_out) for line in rehearsal.without] == [(waits, today() + DAY)]
    assert (rehearsal.total, rehearsal.kept_back, rehearsal.bad) == (Decimal("77.00"), Decimal("77.00"), [])
    run = runs.start_run(by=staff, without=[waits.pk], reason="Dispute", until=today() + DAY)
    runs.go_on(run)
    items = [(item.permit, item.outcome, item.note, item.until) for item in run.items.order_by("permit_id")]
    assert items == [(charged, "renewed", "", None), (waits, "left_out", "Dispute", today() + DAY)]
    assert (vault.money, runs.collected(run)) == (Decimal("77.00"), Decimal("77.00"))
    waits.refresh_from_db()
    assert (waits.state, waits.rollover, waits.valid_before) == ("active", True, today() + 3 * DAY)
    last = waits.events.order_by("-pk")[0]
    assert (last.reason, last.by) == ("left out of the rollover: Dispute", staff)
    assert (runs.rehearse().lines, runs.start_daily_run()) == ([], None)  # waits today
    later = timezone.now() + DAY
    runs.go_on(runs.start_run(by=None, at=later), at=later)
    assert term_of(waits).state == "paid"
    assert runs.collected(run) == Decimal("77.00")


def test_who_is_left_out_without_a_day_waits_until_the_last_chance(staff: User, vault: Machine) -> None:
    permit = rolling(left=3)
    run = runs.start_run(by=staff, without=[permit.pk], reason="Moves house", until=today() + 30 * DAY)
    assert [item.until for item in run.items.all()] == [today() + 2 * DAY]
    runs.go_on(run)
    run.refresh_from_db()
    assert run.finished_at is not None
    last_chance = timezone.now() + 2 * DAY
    assert [line.permit for line in runs.rehearse(at=last_chance).lines] == [permit]


@pytest.mark.parametrize(("left", "reason", "code"), [(1, "Dispute", "no-time"), (3, " ", "reason")])
def test_nobody_is_left_out_without_time_or_reason(
    staff: User, vault: Machine, left: int, reason: str, code: str
) -> None:
    permit = rolling(left=left)
    with pytest.raises(PermitRefused) as refusal:
        runs.start_run(by=staff, without=[permit.pk], reason=reason)
    assert (refusal.value.code, RolloverRun.objects.count()) == (code, 0)


def test_who_was_left_out_is_told_of_on_the_day_until_a_run_takes_them_up(staff: User, vault: Machine) -> None:
    change_office(rollover_automatic=False)
    permit, _other = rolling(left=3), rolling(left=3)
    runs.go_on(runs.start_run(by=staff, without=[permit.pk], reason="Dispute", until=today() + DAY))
    later = timezone.now() + DAY
    assert [list(runs.left_out_until_now(at=at)) for at in (timezone.now(), later)] == [[], [permit]]
    runs.go_on(runs.start_run(by=staff, at=later), at=later)
    permit.refresh_from_db()
    assert (term_of(permit).state, list(runs.left_out_until_now(at=later))) == ("paid", [])
    month_on = start_of_day(permit.valid_before - DAY)
    assert (runs.rehearse(at=month_on).lines != [], list(runs.left_out_until_now(at=month_on))) == (True, [])


def test_run_that_began_at_the_same_moment_does_not_charge_who_is_left_out(staff: User, vault: Machine) -> None:
    permit = rolling(left=3)
    daily = RolloverRun.objects.create(through=today() + 3 * DAY, finished_at=timezone.now())
    runs.start_run(by=staff, without=[permit.pk], reason="Dispute", until=today() + DAY)
    item = daily.items.create(permit=permit)
    runs.go_on(daily)
    item.refresh_from_db()
    assert (item.outcome, item.note) == ("skipped", "Staff leave it out until a later rollover.")
    assert (vault.money, PermitTerm.objects.count(), mails("rollover_stopped")) == (Decimal(0), 0, 0)


def test_who_was_taken_up_before_is_not_left_out(staff: User, vault: Machine) -> None:
    permit, other = rolling(left=3), rolling(left=3)
    runs.renew(permit.pk, at=timezone.now())
    with pytest.raises(PermitRefused) as refusal:
        runs.start_run(by=staff, without=[permit.pk, other.pk], reason="Dispute")
    assert (refusal.value.code, RolloverRun.objects.count()) == ("changed", 0)


def test_who_is_left_out_while_another_run_is_under_way_is_told(staff: User, vault: Machine) -> None:
    permit = rolling(left=3)
    runs.start_run(by=staff)
    with pytest.raises(PermitRefused) as refusal:
        runs.start_run(by=staff, without=[permit.pk], reason="Dispute")
    assert refusal.value.code == "running"


def test_whoever_the_window_does_not_sell_to_any_more_is_not_charged_its_price(resident: User, vault: Machine) -> None:
    """A student who became staff pays what staff pay."""
    permit = rolling(resident)
    window_of(permit).user_types.add(make_user_type())
    assert [line.problem for line in runs.rehearse().lines] == ["not-your-window"]
    outcome, note = runs.renew(permit.pk, at=timezone.now())
    assert (outcome, "renew the permit instead" in note) == ("skipped", True)
    assert (PermitTerm.objects.count(), vault.money, mails("rollover_stopped")) == (0, Decimal(0), 1)
    window_of(permit).user_types.clear()
    assert runs.renew(permit.pk, at=timezone.now())[0] == "renewed"
