"""Catalogues of offences: what a line means, what is refused, and that the same file again changes nothing."""

import csv
import gzip
from decimal import Decimal
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from opscom.lib.import_runs import LEASE
from tests.factories import make_offence, make_violation
from tests.violations.importing.conftest import Importing
from violations.importing.mapping import MappingError
from violations.importing.offences.mapping import load_mapping, read_mapping
from violations.importing.offences.rows import import_rows, read_rows
from violations.models import EscalationStep, Offence, OffenceImport
from violations.services.offence_imports import go_on_with
from violations.tasks import sweep_imports

pytestmark = pytest.mark.django_db
ADD = "/admin/violations/offenceimport/add/"
CATALOGUES = Path(settings.BASE_DIR).parent / "shared" / "data" / "catalogues"
real = pytest.mark.skipif(not CATALOGUES.is_dir(), reason="shared data absent: no ../shared/data beside the checkout")
HEADING = "code,description,category,amount,reduced_amount,reduced_days,late_amount,late_days,due_days,safety,admin_fee"


def text(*lines: str) -> str:
    return "\n".join([HEADING, *lines])


def take(content: str, name: str = "portal", fine: Decimal | None = None) -> list[str]:
    """Bring a file in; what is wrong with each line."""
    rows = [row for some in read_rows(content, load_mapping(name), fine=fine) for row in some]
    import_rows(rows)
    return [row.problem for row in rows]


def run(path: Path, **options: Any) -> list[str]:
    out = StringIO()
    call_command("import_offences", path, stdout=out, **options)
    return out.getvalue().splitlines()


def test_line_becomes_an_offence_with_its_discount_and_its_step() -> None:
    assert take(text("FIRE,Fire route,Safety,100,80,7,150,21,14,yes,5.50")) == [""]
    offence = Offence.objects.get()
    assert (offence.code, offence.description, offence.category.name) == ("FIRE", "Fire route", "Safety")
    assert (offence.amount, offence.reduced_amount, offence.reduced_days) == (Decimal(100), Decimal(80), 7)
    assert (offence.due_days, offence.safety, offence.boot_eligible, offence.admin_fee) == (
        14,
        True,
        False,
        Decimal("5.50"),
    )
    assert list(offence.steps.values_list("after_days", "act", "amount")) == [(21, "set", Decimal(150))]


def test_same_file_changes_nothing_and_a_new_one_what_it_says() -> None:
    line = "METER,Expired meter,Meters,25,22,7,40,30,14,,"
    take(text(line))
    Offence.objects.update(appeal_days=10, boot_eligible=True)
    [again] = next(iter(read_rows(text(line), load_mapping("portal"))))
    assert (again.is_new, again.problem) == (False, "")
    ticket = make_violation(offence=Offence.objects.get())
    take(text("meter,Meter run out,Streets,30,,,45,30,,,"))
    offence = Offence.objects.select_related("category").get()
    assert (offence.code, offence.description, offence.category.name) == ("METER", "Meter run out", "Streets")
    assert (offence.amount, offence.reduced_amount, offence.reduced_days) == (Decimal(30), Decimal(22), 7)
    assert (offence.appeal_days, offence.boot_eligible) == (10, True)
    assert list(offence.steps.values_list("after_days", "amount")) == [(30, Decimal(45))]
    was = ticket.amount
    ticket.refresh_from_db()
    assert ticket.amount == was


def test_line_without_a_fine_keeps_that_of_an_offence_which_is_there() -> None:
    take(text("A,One,X,85,,,,,,,"))
    assert take(text("A,First,X,,,,,,,,", "B,New,X,,,,,,,,"), fine=Decimal(30)) == ["", ""]
    assert list(Offence.objects.order_by("code").values_list("code", "description", "amount")) == [
        ("A", "First", Decimal(85)),
        ("B", "New", Decimal(30)),
    ]
    assert take(text("A,Once more,X,,,,,,,,")) == [""]


def test_other_day_for_paying_late_moves_the_step() -> None:
    take(text("A,One,X,25,,,60,14,,,"))
    assert take(text("A,One,X,25,,,60,30,,,")) == [""]
    assert list(EscalationStep.objects.values_list("after_days", "amount")) == [(30, Decimal(60))]
    EscalationStep.objects.create(offence=Offence.objects.get(), after_days=40, act="set", amount=90)
    assert take(text("A,One,X,25,,,60,20,,,")) == ["This offence rises in several steps here. Change them on its page."]


@pytest.mark.parametrize("words", ['columns = "code"', "optional = 3", "columns.amount = 5"])
def test_mapping_of_another_shape_is_refused(words: str) -> None:
    with pytest.raises(MappingError):
        read_mapping(f'source = "x"\n{words}')


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("A,No fine,X,,,,,,,,", "No fine is written here. Write one into the file, or name one for all such lines."),
        ("A,Free,X,0.00,,,,,,,", "The fine is 0, so nobody could owe it. A warning is written for the offence itself, which has a fine."),
        ("A,Odd,X,ten,,,,,,,", "amount: “ten” is no amount; write 65.00."),
        ("A,Much,X,25,25,7,,,,,", "The reduced fine must be less than the fine."),
        ("A,Late,X,25,,,25,30,,,", "What is owed when paid late must be more than the fine."),
        ("A,Late,X,25,,,40,,,,", "What paying late costs needs both: late_amount, and late_days after which it is owed."),
        ("A,Late,X,25,,,,30,,,", "What paying late costs needs both: late_amount, and late_days after which it is owed."),
        ("A,Days,X,25,20,-1,,,,,", "reduced_days: “-1” is no number of days."),
        ("A,Days,X,25,,,,,99999,,", "due_days: “99999” is no number of days."),
        ("A,Maybe,X,25,,,,,,perhaps,", "safety: write yes or no."),
        (f"A,{'x' * 121},X,25,,,,,,,", "description_en: Ensure this value has at most 120 characters (it has 121)."),
        ("8.06E+02,Zone,X,25,,,,,,,", "A spreadsheet has turned this code into a number: 8.06E+02. Write it as it was."),
    ],
)  # fmt: skip
def test_line_that_makes_no_offence_says_why(line: str, problem: str) -> None:
    assert take(text(line, "B,Good,X,25,,,,,,,")) == [problem, ""]
    assert [offence.code for offence in Offence.objects.all()] == ["B"]


def test_what_does_not_fit_what_is_there_is_refused() -> None:
    take(text("A,One,X,25,22,7,,,,,", "B,Two,X,25,,,,,,,"))
    Offence.objects.filter(code="B").update(forgive_first=True)
    assert take(text("A,One,X,20,,,,,,,", "B,Two,X,25,,,,,,yes,", "a,Twice,X,25,,,,,,,")) == [
        "The reduced fine must be less than the fine.",
        "What concerns safety is never forgiven. Untick one of the two.",
        "This offence is in line 2 already.",
    ]
    assert set(Offence.objects.values_list("amount", "safety")) == {(Decimal(25), False)}


def test_other_money_is_refused() -> None:
    said = take("description,amount,currency\nHere,25,CAD\nThere,25,usd")
    assert said == ["", "This amount is in USD; the office's money is CAD."]


def test_offence_that_somebody_else_enters_meanwhile_is_told() -> None:
    rows = next(iter(read_rows(text("A,One,X,25,,,,,,,", "B,Two,X,25,,,,,,,"), load_mapping("portal"))))
    make_offence(code="A")
    import_rows(rows)
    assert [row.problem for row in rows] == [
        "Somebody else entered this offence meanwhile. The same file again shows what is there.",
        "",
    ]


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("x =", "This cannot be read: "),
        ('source = "x"', "columns are unknown or missing: amount, description"),
        ('source = "x"\nodd = 1', "unknown entries: odd"),
        ("prefix = 'X'", "names no source"),
        ('source = "x"\n[columns]\ndescription = "a"\namount = "b"\n[days]\nodd = 1', "unknown entries: odd"),
        ("nowhere", "This cannot be read: "),
    ],
)
def test_table_that_cannot_be_used_says_why(table: str, problem: str) -> None:
    with pytest.raises(Exception, match=problem):
        read_mapping(table)


def test_command_tries_then_writes_and_names_every_refused_line(tmp_path: Path) -> None:
    path, errors = tmp_path / "offences.csv", tmp_path / "errors.csv"
    path.write_text("description,amount,hint\nFire route,100,x\n=No fine,,y\n")
    said = run(path, dry_run=True, errors=errors)
    assert said[:2] == [
        "2 read = 1 new or changed + 0 there already + 1 refused (nothing was written)",
        "Columns that were not used: hint",
    ]
    assert "=No fine: No fine is written here." in said[2]
    with errors.open() as stream:
        assert [(row["line"], row["description"]) for row in csv.DictReader(stream)] == [("3", "'=No fine")]
    assert Offence.objects.count() == 0
    assert run(path, fine=Decimal(30))[0] == "2 read = 2 new or changed + 0 there already + 0 refused"
    assert run(path, fine=Decimal(30))[0] == "2 read = 0 new or changed + 2 there already + 0 refused"


def test_command_says_what_is_wrong_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "offences.csv"
    path.write_text("code,price\nA,1\n")
    with pytest.raises(CommandError, match="these are missing: amount, description"):
        run(path)
    with pytest.raises(CommandError, match=r"There is no file nowhere\. Built-in mappings: chicago, guelph"):
        run(path, mapping="nowhere")
    with pytest.raises(CommandError):
        run(tmp_path / "none.csv")


def newest() -> OffenceImport:
    return OffenceImport.objects.order_by("-pk")[0]


def counts() -> tuple[int, ...]:
    one = newest()
    return one.rows, one.read, one.imported, one.unchanged, one.refused


def test_office_tries_a_catalogue_and_takes_it(staff_client: Client) -> None:
    content = text("FIRE,Fire route,Safety,100,,,,,,,", "FREE,Nothing,Safety,,,,,,,,")
    upload = SimpleUploadedFile("offences.csv", content.encode())
    staff_client.post(ADD, {"file": upload, "mapping": "portal"})
    go_on_with(newest().pk)
    trial = newest()
    assert (counts(), Offence.objects.count(), trial.failure) == ((2, 2, 1, 0, 1), 0, "")
    page = f"/admin/violations/offenceimport/{trial.pk}"
    assert "Import 1 offence for real" in staff_client.get(f"{page}/change/").content.decode()
    errors = b"".join(staff_client.get(f"{page}/errors/").streaming_content).decode()  # type: ignore[attr-defined]
    assert errors.splitlines()[1].startswith('3,Nothing,"No fine is written here.')
    for expected in ((2, 2, 1, 0, 1), (2, 2, 0, 1, 1)):
        staff_client.post(f"{page}/again/", {"real": "1"})
        go_on_with(newest().pk)
        assert counts() == expected
    assert Offence.objects.get().code == "FIRE"


def test_bad_table_is_said_beside_it(staff_client: Client) -> None:
    answer = staff_client.post(ADD, {"file": SimpleUploadedFile("a.csv", b"x"), "mapping": "x ="})
    assert "This cannot be read" in answer.context["adminform"].form.errors["mapping"][0]


def test_run_whose_worker_died_is_followed(staff_client: Client) -> None:
    staff_client.post(
        ADD, {"file": SimpleUploadedFile("a.csv", text("A,One,X,25,,,,,,,").encode()), "mapping": "portal"}
    )
    OffenceImport.objects.update(dry_run=False, taken_at=timezone.now() - 2 * LEASE)
    sweep_imports()
    go_on_with(newest().pk)
    assert (counts(), Offence.objects.count()) == ((1, 1, 1, 0, 0), 1)


@real
@pytest.mark.parametrize(
    ("mapping", "file", "lines", "refused"),
    [
        ("nyc", "nyc_dof_violation_codes", 97, 1),
        ("nyc_manhattan", "nyc_dof_violation_codes", 97, 1),
        ("toronto", "toronto_infraction_codes", 246, 9),
        ("chicago", "chicago_violation_codes", 128, 76),
        ("la", "la_violation_codes", 104, 10),
        ("mississauga", "mississauga_offences", 39, 39),
        ("guelph", "guelph_violation_fees", 18, 0),
        ("ucsc", "ucsc_violation_codes", 40, 28),
        ("universities", "university_fines", 38, 15),
    ],
)
def test_real_catalogue_goes_in_whole_or_says_which_line_does_not(
    mapping: str, file: str, lines: int, refused: int
) -> None:
    path = CATALOGUES / f"{file}.csv"
    new = lines - refused
    assert run(path, mapping=mapping)[0] == f"{lines} read = {new} new or changed + 0 there already + {refused} refused"
    assert run(path, mapping=mapping)[0] == f"{lines} read = 0 new or changed + {new} there already + {refused} refused"
    assert Offence.objects.count() == new


@real
def test_real_amounts_discounts_and_late_fees_are_the_files_own() -> None:
    run(CATALOGUES / "guelph_violation_fees.csv", mapping="guelph")
    run(CATALOGUES / "ucsc_violation_codes.csv", mapping="ucsc")
    permit = Offence.objects.get(description="No Valid Permit Displayed")
    assert (permit.amount, permit.reduced_amount, permit.reduced_days) == (Decimal(50), Decimal(30), 14)
    assert Offence.objects.get(description="Fire Route").reduced_amount is None
    late = EscalationStep.objects.get(offence__code="UCSC-42(A)UC")
    assert (late.offence.amount, late.after_days, late.act, late.amount) == (Decimal(50), 21, "set", Decimal(85))
    assert Offence.objects.filter(category__name="Imported: guelph").count() == 18


@real
def test_tickets_of_a_city_find_the_offences_of_its_catalogue(importing: Importing) -> None:
    run(CATALOGUES / "nyc_dof_violation_codes.csv", mapping="nyc")
    run(CATALOGUES / "mississauga_offences.csv", mapping="mississauga", fine=Decimal(30))
    there = Offence.objects.count()
    for city in ("nyc", "mississauga"):
        path = importing.folder / f"{city}.csv"
        with gzip.open(CATALOGUES.parent / "citations" / f"{city}_citations.csv.gz", "rt", encoding="utf-8") as stream:
            path.write_text("".join(islice(stream, 61)))
        said = importing.run(path, mapping=city, create_offences=False)
        assert said.splitlines()[0] == "60 read = 60 imported + 0 there already + 0 refused"
    assert Offence.objects.count() == there == 96 + 39
