"""Lockers as a spreadsheet: out, and in again by a worker, for trial first."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lockers.models import Locker, LockerImport, LockerSite
from lockers.services.import_runs import go_on_with
from lockers.services.sheet import AT_ONCE, import_rows, read_rows
from lockers.tasks import sweep_imports
from opscom.lib.import_runs import LEASE
from tests.factories import make_locker

ADD = "/admin/lockers/lockerimport/add/"


@pytest.fixture
def area(db: None) -> LockerSite:
    return LockerSite.objects.create(name="Floor 1", parent=LockerSite.objects.create(name="Library"))


def text(*lines: str) -> str:
    return "\n".join(["site,number,size,condition,note", *lines])


def problems(file: str) -> list[str]:
    return [row.problem for rows in read_rows(file) for row in rows]


def newest() -> LockerImport:
    return LockerImport.objects.order_by("-pk")[0]


def counts(run: LockerImport) -> tuple[int, ...]:
    run.refresh_from_db()
    return run.rows, run.read, run.imported, run.unchanged, run.refused


def hand_in(client: Client, file: str) -> LockerImport:
    client.post(ADD, {"file": SimpleUploadedFile("lockers.csv", file.encode())})
    go_on_with(newest().pk)
    return newest()


def test_file_is_tried_then_adds_and_changes_and_deletes_nothing(staff_client: Client, area: LockerSite) -> None:
    make_locker(area, number="1", size="Small")
    make_locker(area, number="2", note="Stays")
    file = text(
        "library›Floor 1,1,Large,broken,Hinge",
        "Library › Floor 1,2,,good,Stays",
        "Library › Floor 1,3,,,",
        "Nowhere,4,,,",
    )
    trial = hand_in(staff_client, file)
    assert (counts(trial), Locker.objects.count()) == ((4, 4, 2, 1, 1), 2)
    page = f"/admin/lockers/lockerimport/{trial.pk}"
    assert "Import 2 lockers for real" in staff_client.get(f"{page}/change/").content.decode()
    errors = b"".join(staff_client.get(f"{page}/errors/").streaming_content).decode()  # type: ignore[attr-defined]
    assert errors.splitlines()[1:] == [
        '5,4,"There is no site “Nowhere”. Add it first, or write it as Building › Area."'
    ]
    for expected in ((4, 4, 2, 1, 1), (4, 4, 0, 3, 1)):
        staff_client.post(f"{page}/again/", {"real": "1"})
        go_on_with(newest().pk)
        assert counts(newest()) == expected
    rows = Locker.objects.order_by("number").values_list("number", "size", "condition", "note")
    assert list(rows) == [("1", "Large", "broken", "Hinge"), ("2", "", "good", "Stays"), ("3", "", "good", "")]


def test_whoever_follows_a_dead_worker_skips_what_is_there(staff_client: Client, area: LockerSite) -> None:
    file = text(*(f"Library › Floor 1,{n},,," for n in range(2 * AT_ONCE)))
    hand_in(staff_client, file)
    import_rows(next(read_rows(file)))
    long_ago = timezone.now() - 2 * LEASE
    LockerImport.objects.update(dry_run=False, taken_at=long_ago, finished_at=None)
    sweep_imports()
    go_on_with(newest().pk)
    assert (counts(newest()), Locker.objects.count()) == ((200, 200, 100, 100, 0), 200)


def test_locker_that_somebody_else_adds_meanwhile_is_told(area: LockerSite) -> None:
    (rows,) = read_rows(text("Library › Floor 1,1,,,", "Library › Floor 1,2,,,"))
    make_locker(area, number="1", size="Theirs")
    import_rows(rows)
    assert [row.problem.partition(" meanwhile")[0] for row in rows] == ["Somebody else entered this locker", ""]
    assert list(Locker.objects.order_by("number").values_list("number", "size")) == [("1", "Theirs"), ("2", "")]


def test_locker_that_somebody_else_deletes_meanwhile_is_told(area: LockerSite) -> None:
    gone = make_locker(area, number="1", size="Small")
    (rows,) = read_rows(text("Library › Floor 1,1,Large,,", "Library › Floor 1,2,,,"))
    gone.delete()
    import_rows(rows)
    assert [row.problem.partition(" meanwhile")[0] for row in rows] == ["Somebody else deleted this locker", ""]
    assert list(Locker.objects.values_list("number", flat=True)) == ["2"]


def test_database_that_is_away_is_no_lines_fault(area: LockerSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker that reads the file waits for it (opscom.lib.import_runs)."""
    (rows,) = read_rows(text("Library › Floor 1,1,,,"))

    def away(*_args: object, **_kwargs: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(Locker, "save", away)
    with pytest.raises(OperationalError):
        import_rows(rows)
    assert [row.problem for row in rows] == [""]


def test_what_is_exported_is_read_again_as_it_is(staff_client: Client, area: LockerSite) -> None:
    make_locker(area, number="1", note="=SUM(A1)")
    content = staff_client.get(reverse("admin:lockers_locker_export")).content.decode()
    assert list(csv.reader(io.StringIO(content)))[1] == ["Library › Floor 1", "1", "", "good", "'=SUM(A1)"]
    ((row,),) = read_rows(content)
    assert (row.problem, row.is_new) == ("", False)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Library › Floor 1,,,,", "Nothing is written under number."),
        ("Library › Floor 1,1,,rusty,", "A condition is one of: good, broken, archived."),
        (f"Library › Floor 1,{'9' * 21},,,", "number has 20 characters at most."),
    ],
)
def test_a_line_says_what_is_wrong(area: LockerSite, line: str, said: str) -> None:
    assert problems(text(line)) == [said]


def test_column_that_is_not_there_changes_nothing(area: LockerSite) -> None:
    make_locker(area, number="1", size="Large", condition="broken", note="Hinge")
    for rows in read_rows("site,number,note\nLibrary › Floor 1,1,New hinge"):
        import_rows(rows)
    assert Locker.objects.values_list("size", "condition", "note").get() == ("Large", "broken", "New hinge")


def test_a_number_twice_and_another_file_are_refused(staff_client: Client, area: LockerSite) -> None:
    twice = text("Library › Floor 1,1,,,", "Library › Floor 1,1,,,")
    assert problems(twice) == ["", "This locker is in the file twice."]
    assert "these are missing: site, number." in hand_in(staff_client, "plate,day\nA1,2").failure
