"""Amounts over time, against a plain table that counts day by day."""

import os
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from django.utils.translation import override

from violations.amounts import (
    Act,
    Change,
    Step,
    Terms,
    Why,
    amount_on,
    count_in_row,
    due_through,
    early_through,
    in_words,
    late_parts,
    parts_on,
    schedule,
    terms_from_json,
    terms_to_json,
    why_it_changes,
)
from violations.clock import Clock, Pause

CASES, SAMPLE, SEED = 10_000, 200, 2026
DAYS = 90
MONDAY = date(2026, 11, 2)
TERMS = Terms(
    fine=Decimal("50.00"), admin_fee=Decimal("5.00"), early=Decimal("30.00"), early_days=7,
    steps=(Step(14, Act.ADD, Decimal("25.00")), Step(30, Act.DOUBLE)),
)  # fmt: skip


def random_case(rng: Random) -> tuple[Terms, Clock]:
    """Terms and a clock as some office might have them."""
    cents = [Decimal(rng.randrange(100, 30_000)) / 100 for _n in range(4)]
    afters = sorted(rng.sample(range(0, 60), rng.randrange(0, 4)))
    early = (cents[0] * rng.randrange(10, 99) / 100).quantize(Decimal("0.01")) if rng.random() < 0.6 else None
    terms = Terms(
        fine=cents[0],
        admin_fee=cents[1] if rng.random() < 0.3 else Decimal("0.00"),
        early=early,
        early_days=rng.randrange(0, 20),
        steps=tuple(Step(after, rng.choice(list(Act)), rng.choice(cents[1:])) for after in rng.sample(afters, len(afters))),
        due_days=rng.randrange(0, 40),
        appeal_ends_early=rng.random() < 0.3,
        forgiven=rng.random() < 0.05,
    )  # fmt: skip
    issued = MONDAY + timedelta(days=rng.randrange(0, 400))
    pauses = []
    for _n in range(rng.choice([0, 0, 1, 1, 2, 3])):
        start = issued + timedelta(days=rng.randrange(0, 60))
        pauses.append(Pause(start, None if rng.random() < 0.2 else start + timedelta(days=rng.randrange(0, 30))))
    closed = frozenset(issued + timedelta(days=rng.randrange(0, DAYS)) for _n in range(rng.randrange(0, 8)))
    return terms, Clock(issued, business=rng.random() < 0.5, closed=closed, pauses=tuple(pauses))


def counts(clock: Clock, day: date) -> bool:
    """Whether that day counts at all."""
    if day <= clock.issued or any(p.start <= day and (p.end is None or day < p.end) for p in clock.pauses):
        return False
    return not clock.business or (day.weekday() not in (5, 6) and day not in clock.closed)


def table(terms: Terms, clock: Clock) -> tuple[dict[date, Decimal], list[date]]:
    """The amount of each day, counted on one's fingers, and the days on which it is paid in time."""
    amounts, in_time, counted, appealed = {}, [], 0, False
    for n in range(DAYS):
        day = clock.issued + timedelta(days=n)
        counted += counts(clock, day)
        in_time += [day] if counted <= terms.due_days else []
        appealed = appealed or any(pause.start <= day for pause in clock.pauses)
        fine, risen = terms.fine, False
        for step in sorted(terms.steps, key=lambda step: step.after):
            if counted > step.after:
                risen = True
                if step.act == "add":
                    fine += step.amount
                elif step.act == "double":
                    fine += fine
                elif step.amount > fine:
                    fine = step.amount
        early = terms.early is not None and not risen and counted <= terms.early_days
        if early and not (appealed and terms.appeal_ends_early):
            fine = terms.early or fine
        amounts[day] = Decimal(0) if terms.forgiven else fine + terms.admin_fee
    return amounts, in_time


def test_amounts_and_schedule_equal_a_table_that_counts_day_by_day() -> None:
    rng = Random(SEED)
    for case in range(CASES if os.environ.get("FULL") else SAMPLE):
        terms, clock = random_case(rng)
        expected, in_time = table(terms, clock)
        assert {day: amount_on(terms, clock, day) for day in expected} == expected, case
        days, since = list(expected), rng.randrange(0, 30)
        turns = [day for before, day in zip(days[since:], days[since + 1 :], strict=False) if expected[before] != expected[day]]  # fmt: skip
        coming = [change for change in schedule(terms, clock, days[since]) if change.day <= days[-1]]
        assert [(change.day, change.amount) for change in coming] == [(day, expected[day]) for day in turns], case
        assert sum(part.amount for part in parts_on(terms, clock, days[since])) == expected[days[since]], case
        due = due_through(terms, clock)
        assert due == in_time[-1] or (in_time[-1] == days[-1] and (due is None or due >= days[-1])), case
        assert terms_from_json(terms_to_json(terms)) == replace(
            terms, steps=tuple(sorted(terms.steps, key=lambda step: step.after))
        ), case


@pytest.mark.parametrize(
    ("day", "amount"),
    [(0, "35.00"), (7, "35.00"), (8, "55.00"), (14, "55.00"), (15, "80.00"), (30, "80.00"), (31, "155.00")],
)
def test_nth_day_still_counts_in_full(day: int, amount: str) -> None:
    assert amount_on(TERMS, Clock(MONDAY), MONDAY + timedelta(days=day)) == Decimal(amount)


def test_schedule_says_when_what_and_why() -> None:
    assert schedule(TERMS, Clock(MONDAY), MONDAY) == [
        Change(date(2026, 11, 10), Decimal("55.00"), Why.EARLY),
        Change(date(2026, 11, 17), Decimal("80.00"), Why.LATE, TERMS.steps[0]),
        Change(date(2026, 12, 3), Decimal("155.00"), Why.LATE, TERMS.steps[1]),
    ]
    assert [why_it_changes(change) for change in schedule(TERMS, Clock(MONDAY), MONDAY)] == [
        "The discount for paying early ends.",
        "A late fee is added after 14 days.",
        "The fine doubles after 30 days.",
    ]


def test_open_appeal_stops_the_clock_and_fair_days_follow_it() -> None:
    appealed, decided = MONDAY + timedelta(days=3), MONDAY + timedelta(days=20)
    standing = Clock(MONDAY, pauses=(Pause(appealed),))
    assert (schedule(TERMS, standing, MONDAY), early_through(TERMS, standing), standing.stands_on(decided)) == (
        [],
        None,
        True,
    )
    running = Clock(MONDAY, pauses=(Pause(appealed, decided),))
    assert early_through(TERMS, running) == date(2026, 11, 26)  # two days had counted, five are left: 22 to 26 November
    assert amount_on(TERMS, running, date(2026, 11, 27)) == Decimal("55.00")


def test_appeal_may_end_the_discount() -> None:
    terms = replace(TERMS, appeal_ends_early=True)
    clock = Clock(MONDAY, pauses=(Pause(MONDAY + timedelta(days=3)),))
    assert early_through(terms, clock) == date(2026, 11, 4)
    assert schedule(terms, clock, MONDAY) == [Change(date(2026, 11, 5), Decimal("55.00"), Why.EARLY)]


def test_business_days_leave_out_week_ends_and_closed_days() -> None:
    clock = Clock(date(2026, 12, 21), business=True, closed=frozenset([date(2026, 12, 25), date(2026, 12, 28)]))
    terms = Terms(fine=Decimal("50.00"), steps=(Step(5, Act.ADD, Decimal("25.00")),))
    assert clock.nth_day(4) == date(2026, 12, 29)
    assert schedule(terms, clock, clock.issued) == [
        Change(date(2026, 12, 31), Decimal("75.00"), Why.LATE, terms.steps[0])
    ]


def test_arithmetic_is_said_in_words() -> None:
    said = [in_words(parts_on(TERMS, Clock(MONDAY), MONDAY + timedelta(days=day))) for day in (0, 15)]
    assert said == [
        "$50.00 fine + $5.00 administration fee − $20.00 less for paying early = $35.00",
        "$50.00 fine + $5.00 administration fee + $25.00 late fee after 14 days = $80.00",
    ]
    with override("en"):
        assert in_words(parts_on(Terms(fine=Decimal("20.00")), Clock(MONDAY), MONDAY)) == "$20.00 fine"


def test_forgiven_ticket_costs_nothing_ever() -> None:
    terms, later = replace(TERMS, forgiven=True), MONDAY + timedelta(days=60)
    assert (amount_on(terms, Clock(MONDAY), later), late_parts(terms, Clock(MONDAY), later)) == (Decimal("0.00"), [])
    assert schedule(terms, Clock(MONDAY), MONDAY) == []


@pytest.mark.parametrize(
    ("ago", "clean_days", "count"),
    [([], 366, 1), ([366], 366, 2), ([367], 366, 1), ([300, 600], 366, 3), ([300, 700], 366, 2), ([5000], 0, 2)],
)
def test_count_starts_again_after_clean_days(ago: list[int], clean_days: int, count: int) -> None:
    earlier = [MONDAY - timedelta(days=days) for days in ago]
    assert count_in_row(earlier, MONDAY, clean_days=clean_days) == count
