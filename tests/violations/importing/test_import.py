"""Importing tickets: what goes in, what is refused, and that every row is accounted for."""

import gzip
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from payments.models import Charge
from payments.services.checkouts import start_checkout
from tests.factories import make_lot, make_offence, make_vehicle
from tests.violations.importing.conftest import MAPPING, Importing
from violations.models import Offence, Violation, ViolationEvent
from violations.services.bulk import enter_violations
from violations.services.lookup import find_ticket


def counts(said: str) -> str:
    """The first line of what the command says."""
    return said.splitlines()[0]


def test_row_becomes_a_ticket_that_a_guest_can_pay(importing: Importing) -> None:
    said = importing.run(importing.write({}))
    violation = Violation.objects.get()
    assert counts(said) == "1 read = 1 imported + 0 there already + 0 refused"
    assert (violation.number, violation.plate, violation.plate_region, violation.plate_type) == (
        "A-1",
        "BVLP902",
        "CA-ON",
        "passenger",
    )
    assert timezone.localtime(violation.issued_at).isoformat() == "2020-05-06T07:52:00-04:00"
    assert (violation.time_known, violation.location, violation.make, violation.colour, violation.source) == (
        True,
        "Main St",
        "Honda",
        "Grey",
        "test",
    )
    assert (violation.offence.code, violation.offence.description, violation.offence.amount) == (
        "T-21",
        "No parking",
        Decimal("65.00"),
    )
    assert [(event.to_state, event.reason) for event in violation.events.all()] == [("open", "Imported from test")]
    found = find_ticket(violation.full_number, address="192.0.2.1")
    checkout = start_checkout([found.charge] if found.charge else [], user=None, language="en")
    assert checkout.total == Decimal("65.00")


def test_ticket_of_a_known_plate_is_its_primary_drivers(importing: Importing, resident: User) -> None:
    vehicle = make_vehicle(resident, plate="BVLP902")
    make_vehicle(plate="BVLP903")
    importing.run(
        importing.write(
            {},
            {"number": "A-2", "type": "COM"},
            {"number": "A-3", "plate": "BVLP903"},
            {"number": "A-4", "state": "NY"},
        )
    )
    found = Violation.objects.order_by("number").values_list("vehicle__plate", "charge__payer")
    assert list(found) == [("BVLP902", resident.pk), (None, None), ("BVLP903", None), (None, None)]
    assert vehicle.violations.count() == 1


def test_status_decides_the_state_and_only_owed_tickets_get_a_charge(importing: Importing) -> None:
    states = ["Issued", "paid", "VOID", "Warning", "Pending", "Denied"]
    importing.run(importing.write(*({"number": f"A-{n}", "status": status} for n, status in enumerate(states))))
    rows = Violation.objects.order_by("number").values_list("state", "charge__state")
    assert list(rows) == [
        ("open", "open"),
        ("paid", None),
        ("void", None),
        ("warning", None),
        ("open", "open"),
        ("open", "open"),
    ]
    assert list(Charge.objects.exclude(blocked="").values_list("description", "blocked")) == [
        ("Ticket A-4", "This ticket is under review. It can be paid after the decision.")
    ]
    assert importing.said() == [(7, "warning", "status-unsure")]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"number": ""}, "number-missing"),
        ({"number": "A/1"}, "number-unreadable"),
        ({"number": "A" * 31}, "number-unreadable"),
        ({"date": ""}, "date-missing"),
        ({"date": "06/05/2020"}, "date-unreadable"),
        ({"date": "2020-02-30"}, "date-unreadable"),
        ({"date": "2012-12-31"}, "date-out-of-range"),
        ({"date": "2026-01-01"}, "date-out-of-range"),
        ({"fine": "sixty"}, "amount-unreadable"),
        ({"fine": "-5"}, "amount-unreadable"),
        ({"fine": "65.005"}, "amount-unreadable"),
        ({"fine": "0"}, "amount-missing"),
        ({"status": "Lost"}, "status-unknown"),
    ],
)
def test_row_is_refused_with_its_reason(importing: Importing, change: dict[str, str], problem: str) -> None:
    said = importing.run(importing.write(change, {"number": "A-2"}))
    assert counts(said) == "2 read = 1 imported + 0 there already + 1 refused"
    assert importing.said() == [(2, "error", problem)]
    assert Violation.objects.get().number == "A-2"


@pytest.mark.parametrize(
    ("change", "problem", "kept"),
    [
        ({"time": ""}, "time-missing", {"time_known": False}),
        ({"time": "9:4A"}, "time-unreadable", {"time_known": False}),
        ({"plate": ""}, "plate-unknown", {"plate": ""}),
        ({"plate": "BLANKPLATE"}, "plate-unknown", {"plate": ""}),
        ({"plate": "9.74R+21"}, "plate-odd", {"plate": "974R+21"}),
        ({"state": "99"}, "state-unknown", {"plate_region": ""}),
        ({"year": "2067"}, "year-impossible", {"plate": "BVLP902"}),
        ({"mark": "seen twice"}, "marked", {"plate": "BVLP902"}),
        ({"place": "x" * 121}, "text-shortened", {"location": "x" * 120}),
    ],
)
def test_row_is_kept_with_its_warning(
    importing: Importing, change: dict[str, str], problem: str, kept: dict[str, object]
) -> None:
    said = importing.run(importing.write(change))
    assert counts(said) == "1 read = 1 imported + 0 there already + 0 refused"
    assert importing.said() == [(2, "warning", problem)]
    violation = Violation.objects.get()
    assert {name: getattr(violation, name) for name in kept} == kept


def test_row_without_a_fine_gets_the_offences(importing: Importing) -> None:
    make_offence(code="T-21", amount=Decimal("40.00"), reduced_amount=Decimal("25.00"))
    importing.run(importing.write({"fine": ""}), create_offences=False)
    charge = Charge.objects.get()
    assert (charge.amount, charge.reduced_amount) == (Decimal("40.00"), Decimal("25.00"))


def test_row_without_any_fine_is_a_warning_where_the_mapping_says_so(importing: Importing) -> None:
    importing.mapping.write_text('missing_amount = "warning"\n' + MAPPING)
    importing.run(importing.write({"fine": "0"}, {"number": "A-2", "fine": ""}))
    assert [(row.state, row.charge) for row in Violation.objects.all()] == [("warning", None)] * 2
    assert importing.said() == [(2, "warning", "amount-missing"), (3, "warning", "amount-missing")]


def test_second_of_two_equal_numbers_is_refused_and_named_in_any_batch(importing: Importing) -> None:
    path = importing.write({}, {"number": "a-1", "place": "Elsewhere"}, {"number": "A-2"}, {"number": "A-2"})
    for batch in (1000, 1):
        said = importing.run(path, batch=batch)
        assert said.splitlines()[0].endswith("2 refused")
        assert importing.said() == [(3, "error", "duplicate-in-file"), (5, "error", "duplicate-in-file")]
    assert Violation.objects.get(number="A-1").location == "Main St"


def test_good_row_goes_in_after_a_refused_one_of_its_number(importing: Importing) -> None:
    importing.run(importing.write({"date": "soon"}, {}))
    assert importing.said() == [(2, "error", "date-unreadable")]
    assert Violation.objects.count() == 1


def test_second_run_changes_nothing(importing: Importing) -> None:
    path = importing.write({}, {"number": "A-2", "status": "Paid"})
    importing.run(path)
    before = list(Violation.objects.order_by("pk").values())
    assert counts(importing.run(path)) == "2 read = 0 imported + 2 there already + 0 refused"
    assert (list(Violation.objects.order_by("pk").values()), importing.said()) == (before, [])
    assert (Charge.objects.count(), ViolationEvent.objects.count()) == (1, 2)


def test_run_that_was_killed_is_resumed(importing: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    from violations.importing import importer

    rows = [{"number": f"A-{n}"} for n in range(10)]
    write, calls = enter_violations, []

    def killed(*args: object, **kwargs: object) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        write(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(importer, "enter_violations", killed)
    with pytest.raises(KeyboardInterrupt):
        importing.run(importing.write(*rows), batch=3)
    assert Violation.objects.count() == 6
    assert (
        counts(importing.run(importing.write(*rows), batch=3)) == "10 read = 4 imported + 6 there already + 0 refused"
    )


def test_ticket_that_says_something_else_now_is_left_alone_and_named(importing: Importing) -> None:
    importing.run(importing.write({}))
    importing.run(importing.write({"plate": "CKRT418", "status": "Paid"}))
    assert importing.said() == [(2, "warning", "differs")]
    assert "plate, state" in importing.errors.read_text()
    violation = Violation.objects.get()
    assert (violation.plate, violation.state) == ("BVLP902", "open")


def test_number_that_came_from_elsewhere_is_named(importing: Importing) -> None:
    importing.run(importing.write({}))
    importing.mapping.write_text(MAPPING.replace('"test"', '"other"'))
    assert counts(importing.run(importing.write({}))) == "1 read = 0 imported + 1 there already + 0 refused"
    assert importing.said() == [(2, "warning", "duplicate-number")]


def test_dry_run_judges_and_writes_nothing(importing: Importing) -> None:
    said = importing.run(importing.write({}, {"number": ""}), dry_run=True)
    assert counts(said) == "2 read = 1 imported + 0 there already + 1 refused (nothing was written)"
    assert importing.said() == [(3, "error", "number-missing")]
    assert (Violation.objects.count(), Offence.objects.count()) == (0, 0)


def test_unknown_offences_stop_the_import_and_a_file_to_complete_is_written(importing: Importing) -> None:
    path, missing = (
        importing.write({}, {"number": "A-2", "code": "14", "wording": 'No "standing"', "fine": ""}),
        importing.folder / "missing.toml",
    )
    with pytest.raises(CommandError) as stop:
        importing.run(path, create_offences=False, write_missing=missing)
    assert "Unknown offences (2):" in str(stop.value)
    assert '  14  No "standing"  (1)' in str(stop.value)
    assert (Violation.objects.count(), Offence.objects.count()) == (0, 0)
    with pytest.raises(CommandError, match="Offence T-14 has no code or no amount yet"):
        importing.run(path, create_offences=False, offences=missing)
    missing.write_text(missing.read_text().replace('amount = ""', 'amount = "95.00"'))
    importing.run(path, create_offences=False, offences=missing)
    found = Violation.objects.order_by("number").values_list("offence__code", "offence__description", "amount")
    assert list(found) == [("T-21", "No parking", Decimal("65.00")), ("T-14", 'No "standing"', Decimal("95.00"))]


def test_offence_of_the_catalogue_can_be_named(importing: Importing) -> None:
    offence = make_offence(code="NOPARK")
    told = importing.folder / "offences.toml"
    told.write_text('[offences]\n"21" = "nopark"\n')
    importing.run(importing.write({}), create_offences=False, offences=told)
    assert Violation.objects.get().offence == offence


def test_offence_without_a_fine_is_created_only_with_one(importing: Importing) -> None:
    path = importing.write({"fine": ""})
    with pytest.raises(CommandError, match="Unknown offences"):
        importing.run(path)
    importing.run(path, fine=Decimal("30.00"))
    assert Violation.objects.get().amount == Decimal("30.00")


def test_unknown_lots_stop_the_import_until_they_are_named(importing: Importing) -> None:
    importing.mapping.write_text(MAPPING.replace('location = "place"', 'lot = "place"'))
    lot, missing = make_lot(code="p30", name="Lot P30"), importing.folder / "missing.toml"
    path = importing.write(
        {"place": "LOT P30"},
        {"number": "A-2", "place": "160 Oakes"},
        {"number": "A-3", "place": "P-30"},
        {"number": "A-4", "place": ""},
    )
    with pytest.raises(CommandError, match=r"Unknown lots \(2\)"):
        importing.run(path, write_missing=missing)
    missing.write_text(missing.read_text().replace('"P-30" = ""', '"P-30" = "p30"'))
    importing.run(path, lots=missing)
    found = Violation.objects.order_by("number").values_list("lot", "location")
    assert list(found) == [(lot.pk, ""), (None, "160 Oakes"), (lot.pk, ""), (None, "")]


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ("source = ", "cannot be read"),
        ("[columns]\nnumber = 'number'", "names no source"),
        ('source = "x"\nsauce = 1', "unknown entries: sauce"),
        ('source = "x"\n[columns]\nnumber = "number"', "unknown or missing: date, offence"),
        (MAPPING.replace('"fine"', '"price"'), "no column price"),
        (MAPPING.replace("open =", "opened ="), "unknown states: opened"),
        (MAPPING.replace('"commercial"', '"lorry"'), "unknown plate types: lorry"),
        ('missing_amount = "guess"\n' + MAPPING, "missing_amount"),
    ],
)
def test_mapping_that_does_not_fit_is_told_plainly(importing: Importing, mapping: str, message: str) -> None:
    importing.mapping.write_text(mapping)
    with pytest.raises(CommandError) as stop:
        importing.run(importing.write({}))
    assert message in str(stop.value)


def test_unknown_mapping_and_file_are_told_plainly(importing: Importing) -> None:
    with pytest.raises(
        CommandError, match="Built-in mappings: chicago, la, mississauga, nyc, nyc_dirty, nyc_original, ucsc"
    ):
        importing.run(importing.write({}), mapping="paris")
    with pytest.raises(CommandError, match="cannot be read"):
        importing.run(Path("nowhere.csv"))


@pytest.mark.parametrize(
    "content", [b"\x1f\x8bnot gzip", b"\xff\xfe\x00bad", b"", b"number,date\n1,\xe9\n", b'"' + b"x" * 200_000]
)
def test_file_that_is_no_table_is_told_plainly(importing: Importing, content: bytes) -> None:
    path = importing.folder / "file.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError):
        importing.run(path)


def test_packed_file_with_other_line_ends_and_a_mark_of_order_is_read(importing: Importing) -> None:
    plain = importing.write({})
    packed = importing.folder / "file.csv.gz"
    packed.write_bytes(gzip.compress(b"\xef\xbb\xbf" + plain.read_bytes() + b"\r\n"))
    assert counts(importing.run(packed)) == "1 read = 1 imported + 0 there already + 0 refused"


def test_hostile_cells_are_stored_as_text_and_harmless_in_the_report(importing: Importing) -> None:
    nasty = {
        "number": "=1+1",
        "place": "<script>alert('x')</script>\x00\u202e 🚗",
        "make": "=cmd|' /C calc'!A0",
        "colour": "'; DROP TABLE x;--",
    }
    importing.run(importing.write(nasty, nasty | {"number": "A-2"}))
    violation = Violation.objects.get()
    assert (violation.location, violation.colour) == ("<script>alert('x')</script> 🚗", "'; DROP TABLE x;--"[:30])
    assert ",=1+1," not in importing.errors.read_text()
    assert "'=1+1" in importing.errors.read_text()


def test_line_with_too_few_or_too_many_cells_is_refused(importing: Importing) -> None:
    path = importing.write({})
    path.write_text(path.read_text() + "A-2,2020-05-06\n" + ",".join(["A-3"] * 20) + "\n\n")
    assert counts(importing.run(path)) == "3 read = 1 imported + 0 there already + 2 refused"
    assert [problem for _line, _severity, problem in importing.said()] == ["cells", "cells"]


def test_batch_costs_the_same_queries_for_one_row_as_for_thirty(
    importing: Importing, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_offence(code="T-21")
    for rows in (1, 30):
        path = importing.write(*({"number": f"{rows}-{n}", "plate": f"P{n}"} for n in range(rows)))
        with django_assert_num_queries(8):
            importing.run(path)
