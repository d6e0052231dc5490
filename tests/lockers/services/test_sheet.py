"""Lockers as a spreadsheet: out, and in again."""

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse

from lockers.models import Locker, LockerSite
from lockers.services.sheet import import_sheet, read_sheet
from tests.factories import make_locker

PAGE = "admin:lockers_locker_import"


@pytest.fixture
def area(db: None) -> LockerSite:
    return LockerSite.objects.create(name="Floor 1", parent=LockerSite.objects.create(name="Library"))


def text(*lines: str) -> str:
    return "\n".join(["site,number,size,condition,note", *lines])


def test_import_adds_and_changes_and_deletes_nothing(staff_client: Client, area: LockerSite) -> None:
    make_locker(area, number="1", size="Small")
    make_locker(area, number="2", note="Stays")
    file = text(
        "library›Floor 1,1,Large,broken,Hinge",
        "Library › Floor 1,2,,good,Stays",
        "Library › Floor 1,3,,,",
        "Nowhere,4,,,",
    )
    page = staff_client.post(reverse(PAGE), {"text": file}).content.decode()
    shown = ("Changed", "Stays as it is", "Added", "There is no site “Nowhere”", "Import 2 lockers")
    assert [part in page for part in shown] == [True] * 5
    assert Locker.objects.count() == 2
    page = staff_client.post(reverse(PAGE), {"text": file, "confirm": "1"}, follow=True).content.decode()
    assert "1 lockers are new, 1 are changed." in page
    rows = Locker.objects.order_by("number").values_list("number", "size", "condition", "note")
    assert list(rows) == [("1", "Large", "broken", "Hinge"), ("2", "", "good", "Stays"), ("3", "", "good", "")]


def test_what_is_exported_is_read_again_as_it_is(staff_client: Client, area: LockerSite) -> None:
    make_locker(area, number="1", note="=SUM(A1)")
    content = staff_client.get(reverse("admin:lockers_locker_export")).content.decode()
    assert list(csv.reader(io.StringIO(content)))[1] == ["Library › Floor 1", "1", "", "good", "'=SUM(A1)"]
    assert [row.change for row in read_sheet(content)] == ["same"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Library › Floor 1,,,,", "Nothing is written under number."),
        ("Library › Floor 1,1,,rusty,", "A condition is one of: good, broken, archived."),
        (f"Library › Floor 1,{'9' * 21},,,", "number has 20 characters at most."),
    ],
)
def test_a_line_says_what_is_wrong(area: LockerSite, line: str, said: str) -> None:
    assert [row.problem for row in read_sheet(text(line))] == [said]


def test_column_that_is_not_there_changes_nothing(area: LockerSite) -> None:
    make_locker(area, number="1", size="Large", condition="broken", note="Hinge")
    import_sheet("site,number,note\nLibrary › Floor 1,1,New hinge")
    assert Locker.objects.values_list("size", "condition", "note").get() == ("Large", "broken", "New hinge")


def test_a_number_twice_and_another_file_are_refused(staff_client: Client, area: LockerSite) -> None:
    twice = read_sheet(text("Library › Floor 1,1,,,", "Library › Floor 1,1,,,"))
    assert [row.problem for row in twice] == ["", "This locker is in the file twice."]
    page = staff_client.post(reverse(PAGE), {"text": "plate,day\nA1,2"}).content.decode()
    assert "these are missing: site, number." in page
