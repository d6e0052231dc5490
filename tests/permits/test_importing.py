"""Permits from an earlier system: each bad line named, each line once, and what was paid stands in the books."""

from decimal import Decimal
from itertools import chain

import pytest
from django.contrib.auth.models import Group

from accounts.models import Mail, User
from opscom.lib.dates import today, written_period
from opscom.lib.tables import TableRefused
from payments.models import LedgerEntry, Payment
from payments.services.ledger_check import find_problems
from permits.models import Permit, PermitType, SalesWindow
from permits.services.cancel import cancel_permit, quote_cancellation
from permits.services.import_file import Row, read_rows
from permits.services.importing import import_rows
from permits.services.numbers import add_numbers
from tests.factories import make_lot, make_permit, make_tax, make_temporary_type, make_user, make_vehicle, make_window

HEAD = "id,email,lot,plates,from,through,paid,type,window,number,region\n"
pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk() -> User:
    clerk = make_user(is_staff=True)
    clerk.groups.add(Group.objects.get(name="Manager"))
    return clerk


@pytest.fixture
def window() -> SalesWindow:
    window = make_window(make_lot(code="north", spaces=1), name="Autumn")
    make_temporary_type(window.permit_type.lot)
    return window


def line(**cells: str) -> str:
    day = today()
    row = {
        "id": "A-1",
        "email": "ada@example.test",
        "lot": "north",
        "plates": "ckrt 418",
        "from": str(day.replace(day=1)),
        "through": str(day.replace(year=day.year + 1, day=1)),
        "paid": "77.00",
        "type": "",
        "window": "",
        "number": "",
        "region": "",
    }
    return HEAD + ",".join((row | cells).values()) + "\n"


def bring_in(text: str, clerk: User) -> list[Row]:
    rows = list(chain.from_iterable(read_rows(text)))
    import_rows(rows, by=clerk)
    return rows


def test_import_writes_the_permit_with_its_plates_days_number_and_money(window: SalesWindow, clerk: User) -> None:
    ada = make_user(email="ada@example.test")
    make_tax(rate="13", name="HST")
    text = line(plates="CKRT 418|b-12", number="OLD-7", window="autumn", region="US-NY")
    (row,) = bring_in(text, clerk)
    assert (row.problem, row.known) == ("", False)
    permit = Permit.objects.get()
    assert (permit.holder, permit.number, permit.earlier_id, permit.state, permit.window) == (
        ada,
        "OLD-7",
        "A-1",
        "active",
        window,
    )
    assert (permit.valid_from, permit.last_day) == (
        today().replace(day=1),
        today().replace(year=today().year + 1, day=1),
    )
    assert sorted(permit.vehicles.values_list("plate", "region")) == [("B12", "US-NY"), ("CKRT418", "US-NY")]
    assert (permit.charge.amount, permit.charge.state) == (Decimal("77.00"), "settled")
    assert set(LedgerEntry.objects.values_list("account", "amount")) == {
        ("opening", Decimal("77.00")),
        ("credit", Decimal("-77.00")),
        ("credit", Decimal("77.00")),
        ("charge", Decimal("-77.00")),
    }
    assert (Payment.objects.get().fulfilled_at is not None, Mail.objects.count(), find_problems()) == (True, 0, [])


def test_import_again_adds_nothing_and_several_permits_fit_where_places_do_not(
    window: SalesWindow, clerk: User
) -> None:
    for name in ("ada", "bob"):
        make_user(email=f"{name}@example.test")
    text = line(number="") + line(id="A-2", email="BOB@example.test", plates="B12").removeprefix(HEAD)
    assert [row.is_new for row in bring_in(text, clerk)] == [True, True]
    assert [row.known for row in bring_in(text, clerk)] == [True, True]
    assert Permit.objects.count() == 2


def test_import_counts_in_a_cancellation_as_credit(window: SalesWindow, clerk: User) -> None:
    ada = make_user(email="ada@example.test")
    bring_in(line(**{"from": "2030-01-01", "through": "2030-12-31"}), clerk)
    permit = Permit.objects.get()
    quote = quote_cancellation(permit)
    assert [(part.target, part.amount) for part in quote.parts] == [("credit", Decimal("77.00"))]
    cancel_permit(permit, expected=quote.amount, by=ada)
    assert find_problems() == []


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"id": ""}, "Nothing is written under id."),
        ({"id": "x" * 51}, "id has 50 characters at most."),
        ({"email": "no@example.test"}, "Nobody with this address has an account."),
        ({"paid": "free"}, "“free” is no amount above zero; write it as 77.00."),
        ({"paid": "0"}, "“0” is no amount above zero; write it as 77.00."),
        ({"from": "30.9.2026"}, "“30.9.2026” is no day; write it as 2024-09-30."),
        ({"from": "2026-02-31"}, "“2026-02-31” is no day; write it as 2024-09-30."),
        ({"through": "2000-01-01"}, "The end comes before the start. Choose a later end."),
        ({"lot": "south"}, "Lot south has no such permit type, or several. Write the lot's code, and the type's name"),
        (
            {"type": "Evening"},
            "Lot north has no such permit type, or several. Write the lot's code, and the type's name",
        ),
        ({"window": "Spring"}, "No sales window of this permit type has that name or code."),
        ({"region": "ON"}, "“ON” is no region; write it as CA-ON."),
        ({"plates": "CKRT418|"}, "plate"),
    ],
)
def test_import_names_what_is_wrong_with_a_line(
    window: SalesWindow, clerk: User, cells: dict[str, str], problem: str
) -> None:
    make_user(email="ada@example.test")
    (row,) = bring_in(line(**cells), clerk)
    assert (problem in row.problem, row.is_new, Permit.objects.count()) == (True, False, 0)


def test_import_refuses_what_is_there_already(window: SalesWindow, clerk: User) -> None:
    ada = make_user(email="ada@example.test")
    make_vehicle(ada)
    there = make_permit(ada, window)
    text = line(number=there.number) + "".join(
        line(id=key, window=name, number=number, plates=f"B{key}").removeprefix(HEAD)
        for key, name, number in (("B", "Autumn", ""), ("C", "", "N-1"), ("D", "", "N-1"), ("C", "", ""))
    )
    rows = bring_in(text, clerk)
    assert [row.problem for row in rows] == [
        "Another permit has this number.",
        "The person has a permit of this sales window already.",
        "",
        "Another permit has this number.",
        "This id is in the file twice.",
    ]
    same = bring_in(line(id="E", plates="BC"), clerk)
    assert "is for the same plate at the same time" in same[0].problem


@pytest.mark.parametrize("text", ["", "email,lot\na,b\n"])
def test_import_of_another_file_is_refused(text: str) -> None:
    with pytest.raises(TableRefused):
        next(read_rows(text))


def test_import_takes_numbers_of_a_numbered_type_from_its_stock(window: SalesWindow, clerk: User) -> None:
    for name in ("ada", "bob"):
        make_user(email=f"{name}@example.test")
    PermitType.objects.filter(pk=window.permit_type_id).update(numbered=True)
    add_numbers(window.permit_type, ["H-1", "H-2"])
    text = line(number="H-2") + "".join(
        line(id=key, number=number, email="bob@example.test", plates=f"B{key}").removeprefix(HEAD)
        for key, number in (("2", ""), ("3", "H-2"), ("4", "H-9"))
    )
    rows = bring_in(text, clerk)
    taken = "This number is not free in the stock of the permit type. Add it there first."
    assert [row.problem for row in rows] == ["", "", "Another permit has this number.", taken]
    assert list(Permit.objects.order_by("pk").values_list("number", "stock__number")) == [
        ("H-2", "H-2"),
        ("H-1", "H-1"),
    ]


def test_moments_make_a_temporary_permit(window: SalesWindow, clerk: User) -> None:
    make_user(email="ada@example.test")
    (row,) = bring_in(line(**{"from": "2026-03-02 14:00", "through": "2026-03-02T17:30"}), clerk)
    assert row.problem == ""
    permit = Permit.objects.get()
    assert (permit.permit_type.kind, written_period(permit.period)) == (
        "temporary",
        "March 2, 2026, 2 p.m. to 5:30 p.m.",
    )
    assert (str(permit.valid_from), str(permit.last_day), permit.charge.state) == (
        "2026-03-02",
        "2026-03-02",
        "settled",
    )


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-03-08 02:30", "2026-03-08 05:00", "is no moment of the office's clock"),
        ("2026-03-02 14:00", "2026-03-02", "is no day"),
        ("2026-03-02 14:00", "2026-04-02 14:00", "valid for 30 days at most"),
    ],
    ids=["an hour that the clocks leave out", "one of the two", "31 days"],
)
def test_bad_moments_are_named(window: SalesWindow, first: str, last: str, said: str) -> None:
    make_user(email="ada@example.test")
    ((row,),) = read_rows(line(**{"from": first, "through": last}))
    assert said in row.problem
