"""The real citation files, as they are. They are not part of this repository; without them these tests say so."""

import csv
import gzip
import os
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError

from payments.models import Charge
from payments.services.checkouts import start_checkout
from tests.violations.importing.conftest import Importing
from violations.models import Offence, Violation
from violations.services.lookup import find_ticket

DATA = Path(settings.BASE_DIR).parent / "shared" / "data"
CITATIONS = DATA / "citations"
pytestmark = pytest.mark.skipif(
    not CITATIONS.is_dir(), reason="shared data absent: no ../shared/data beside the checkout"
)

# What the column _problems of the dirty file says, and the names that the import has for it.
NAMES = {
    "time_missing_or_bad": {"time-missing", "time-unreadable"},
    "state_unknown": {"state-unknown"},
    "plate_blank_or_odd": {"plate-unknown", "plate-odd"},
    "date_out_of_range": {"date-out-of-range"},
    "vehicle_year_impossible": {"year-impossible"},
    "duplicate_number": {"duplicate-in-file", "duplicate-number"},
}


def sample(importing: Importing, name: str, rows: int) -> Path:
    """The first rows of a packed file."""
    path = importing.folder / name.removesuffix(".gz")
    with gzip.open(CITATIONS / name, "rt", encoding="utf-8") as stream:
        path.write_text("".join(line for line, _n in zip(stream, range(rows + 1), strict=False)))
    return path


def with_the_dirty_ones(importing: Importing, rows: int) -> Path:
    """The first rows of New York's file, and those of which the dirty file has a damaged copy."""
    with (CITATIONS / "nyc_import_dirty.csv").open() as stream:
        dirty = {row["Summons Number"] for row in csv.DictReader(stream)}
    path = importing.folder / "nyc.csv"
    with gzip.open(CITATIONS / "nyc_citations.csv.gz", "rt", encoding="utf-8") as stream:
        wanted = (line for n, line in enumerate(stream) if n <= rows or line.partition(",")[0] in dirty)
        path.write_text("".join(wanted))
    return path


def states() -> dict[str, int]:
    """How many tickets are in each state."""
    return dict(Counter(Violation.objects.values_list("state", flat=True)))


@pytest.mark.parametrize("mapping", ["nyc", "la", "chicago"])
def test_sample_goes_in_with_its_own_offences(importing: Importing, mapping: str) -> None:
    said = importing.run(sample(importing, f"{mapping}_citations.csv.gz", 500), mapping=mapping)
    assert said.splitlines()[0] == "500 read = 500 imported + 0 there already + 0 refused"
    assert Offence.objects.count() == len(set(Violation.objects.values_list("offence", flat=True)))


def test_mississauga_names_no_fines_so_the_operator_does(importing: Importing) -> None:
    path = sample(importing, "mississauga_citations.csv.gz", 500)
    with pytest.raises(CommandError, match="Unknown offences"):
        importing.run(path, mapping="mississauga")
    importing.run(path, mapping="mississauga", fine=Decimal("30.00"))
    assert (Violation.objects.count(), set(Charge.objects.values_list("amount", flat=True))) == (
        500,
        {Decimal("30.00")},
    )
    assert Violation.objects.filter(number="MISS-1").count() == 1


def test_campus_file_brings_lots_and_statuses(importing: Importing) -> None:
    path, lots = CITATIONS / "ucsc_citations_sample.csv", importing.folder / "lots.toml"
    with pytest.raises(CommandError, match="Unknown lots"):
        importing.run(path, mapping="ucsc", write_missing=lots)
    said = importing.run(path, mapping="ucsc", lots=lots)
    assert said.splitlines()[0] == "307 read = 307 imported + 0 there already + 0 refused"
    assert states() == {"paid": 204, "open": 86, "void": 12, "warning": 5}
    assert Charge.objects.count() == 86
    assert Violation.objects.filter(lot=None, location="").count() == 0


def test_campus_mapping_knows_every_status() -> None:
    from violations.importing.mapping import load_mapping

    with (DATA / "reference" / "ucsc_citation_statuses.csv").open() as stream:
        words = {row["status"].casefold() for row in csv.DictReader(stream)}
    assert set(load_mapping("ucsc").statuses) == words


def unnamed_defects(importing: Importing) -> tuple[int, list[tuple[int, str]]]:
    """How many defects the dirty file's own column names, and those of them that the report does not."""
    named = defaultdict(set)
    for line, _severity, problem in importing.said():
        named[line].add(problem)
    with (CITATIONS / "nyc_import_dirty.csv").open() as stream:
        marked = {line: row["_problems"].split("|") for line, row in enumerate(csv.DictReader(stream), 2)}
    unnamed = [(line, word) for line, words in marked.items() for word in words if not named[line] & NAMES[word]]
    return sum(map(len, marked.values())), unnamed


def test_dirty_file_alone_keeps_what_can_be_kept(importing: Importing) -> None:
    said = importing.run(CITATIONS / "nyc_import_dirty.csv", mapping="nyc_dirty", fine=Decimal("65.00"))
    assert said.splitlines()[0] == "461 read = 380 imported + 0 there already + 81 refused"
    assert Counter(problem for _line, severity, problem in importing.said() if severity == "error") == {
        "duplicate-in-file": 64,
        "date-out-of-range": 17,
    }
    assert Violation.objects.filter(time_known=False).count() > 90
    assert sum(problem == "marked" for _line, _severity, problem in importing.said()) == 461


@pytest.mark.once
@pytest.mark.skipif("FULL" not in os.environ, reason="a minute; FULL=1 and `make soak` do it")
def test_new_york_and_los_angeles_go_in_whole(importing: Importing) -> None:
    assert importing.run(CITATIONS / "nyc_citations.csv.gz", mapping="nyc").splitlines()[0] == (
        "44085 read = 44085 imported + 0 there already + 0 refused"
    )
    assert importing.run(CITATIONS / "la_citations.csv.gz", mapping="la").splitlines()[0] == (
        "10999 read = 10999 imported + 0 there already + 0 refused"
    )
    assert states() == {"open": 44085 + 10999 - 139 - 81, "warning": 139 + 81}


def test_what_is_there_already_stays_every_defect_is_named_and_a_guest_pays(importing: Importing) -> None:
    city, angels = with_the_dirty_ones(importing, 1000), sample(importing, "la_citations.csv.gz", 1000)
    assert importing.run(city, mapping="nyc").splitlines()[0] == (
        "1370 read = 1370 imported + 0 there already + 0 refused"
    )
    assert importing.run(angels, mapping="la").splitlines()[0] == (
        "1000 read = 1000 imported + 0 there already + 0 refused"
    )
    assert importing.run(angels, mapping="la").splitlines()[0] == (
        "1000 read = 0 imported + 1000 there already + 0 refused"
    )
    assert importing.run(CITATIONS / "nyc_import_dirty.csv", mapping="nyc_dirty").splitlines()[0] == (
        "461 read = 0 imported + 380 there already + 81 refused"
    )
    assert unnamed_defects(importing) == (488, [])
    assert sum(states().values()) == Violation.objects.count() == 2370
    for source in ("nyc", "la"):
        violation = Violation.objects.filter(source=source, state="open").order_by("number")[0]
        found = find_ticket(violation.full_number, address="192.0.2.1")
        assert found.charge
        checkout = start_checkout([found.charge], user=None, language="en", back=f"/tickets/{found.number}/")
        assert (checkout.total, checkout.user) == (found.amount, None)
