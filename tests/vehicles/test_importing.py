"""People and their vehicles from a file: a trial, the same for real, and nothing twice."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client

from accounts.models import Mail, User
from tests.factories import make_user, make_user_type, make_vehicle
from vehicles.importing import go_on_with, import_rows, read_rows
from vehicles.models import PeopleImport, VehicleOwner

pytestmark = pytest.mark.django_db
ADD = "/admin/vehicles/peopleimport/add/"
HEAD = "email,first_name,last_name,phone,number,user_type,language,plates,region\n"


def counts(run: PeopleImport) -> tuple[int, ...]:
    run.refresh_from_db()
    return run.rows, run.read, run.imported, run.unchanged, run.refused


def problem(line: str) -> str:
    ((row,),) = read_rows(HEAD + line)
    return row.problem


def test_file_is_tried_then_read_and_adds_nothing_again(staff_client: Client, resident: User) -> None:
    make_vehicle(resident, plate="CKRT418")
    make_user_type(code="tenant", name="Tenant")
    text = (
        HEAD
        + "New.One@example.test,Ada,Ray,519-555-0142,S-1,Tenant,fr,abc 123|xyz-9,\n"
        + f"{resident.email},Other,Name,,,,,ckrt-418|NEW1,\n"
        + "nobody,,,,,,,,\n"
    )
    staff_client.post(ADD, {"file": SimpleUploadedFile("people.csv", text.encode())})
    trial = PeopleImport.objects.get()
    go_on_with(trial.pk)
    assert (counts(trial), User.objects.filter(email="new.one@example.test").count()) == ((3, 3, 2, 0, 1), 0)
    page = f"/admin/vehicles/peopleimport/{trial.pk}"
    assert "Import 2 lines for real" in staff_client.get(f"{page}/change/").content.decode()
    errors = b"".join(staff_client.get(f"{page}/errors/").streaming_content).decode()  # type: ignore[attr-defined]
    assert errors.splitlines()[1:] == ['4,nobody,"Write the whole address, as in name@campus.edu."']
    for expected in ((3, 3, 2, 0, 1), (3, 3, 0, 2, 1)):
        staff_client.post(f"{page}/again/", {"real": "1"})
        real = PeopleImport.objects.order_by("-pk")[0]
        go_on_with(real.pk)
        assert counts(real) == expected
    new = User.objects.get(email="new.one@example.test")
    assert (new.first_name, new.language, str(new.user_type), new.organisation_number, str(new.phone)) == (
        "Ada",
        "fr",
        "Tenant",
        "S-1",
        "+15195550142",
    )
    assert (new.has_usable_password(), Mail.objects.count()) == (False, 0)
    plates = VehicleOwner.objects.order_by("pk").values_list("user__email", "vehicle__plate")
    assert list(plates) == [
        (resident.email, "CKRT418"),
        ("new.one@example.test", "ABC123"),
        ("new.one@example.test", "XYZ9"),
        (resident.email, "NEW1"),
    ]
    resident.refresh_from_db()
    assert resident.first_name != "Other"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a@example.test,,,,,Pilot,,,\n", "There is no user type “Pilot”. Write its code or its name."),
        ("a@example.test,,,,,,de,,\n", "“de” is none of the portal's languages: en, fr, es."),
        ("a@example.test,,,12,,,,,\n", "“12” is no telephone number with its area code."),
        ("a@example.test,,,,,,,A!,\n", "Enter the plate with letters and digits only, for example CKRT 418."),
        ("a@example.test,,,,,,,A1,ON\n", "“ON” is no region; write it as CA-ON."),
        (f"a@example.test,{'x' * 61},,,,,,,\n", "first_name has 60 characters at most."),
    ],
)
def test_line_says_what_is_wrong_with_it(line: str, said: str) -> None:
    assert problem(line) == said


def test_plate_of_another_province_is_another_vehicle(resident: User) -> None:
    make_vehicle(resident, plate="CKRT418", region="CA-QC")
    (rows,) = read_rows(f"{HEAD}{resident.email},,,,,,,ckrt-418,\n")
    ((same,),) = read_rows(f"{HEAD}{resident.email},,,,,,,ckrt-418,CA-QC\n")
    assert ([row.plates for row in rows], same.is_new) == ([["CKRT418"]], False)


def test_staff_closed_accounts_and_addresses_twice_are_left_out(staff: User) -> None:
    gone = make_user(is_active=False)
    (rows,) = read_rows(
        HEAD + "".join(f"{email},,,,,,,,\n" for email in (staff.email, gone.email, "b@example.test", "b@example.test"))
    )
    left = "This account is closed, or of the office's staff. It is left as it is."
    twice = "This address is in the file twice. Write all plates of a person in one line, with | between."
    assert [row.problem for row in rows] == [left, left, "", twice]


def test_no_line_is_to_blame_for_a_lost_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    (rows,) = read_rows(HEAD + "late@example.test,Ada,Ray,,,,,,\n")

    def lost(*_args: object, **_kwargs: object) -> None:
        raise OperationalError

    monkeypatch.setattr("vehicles.importing.create_account", lost)
    with pytest.raises(OperationalError):
        import_rows(rows)
    assert rows[0].problem == ""
