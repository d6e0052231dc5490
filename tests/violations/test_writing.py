"""The page on which officers write tickets."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pikepdf
import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from accounts.models import User
from opscom.lib.dates import today
from permits.models import Permit, PermitVehicle, PlateCheck
from tests.conftest import sign_in
from tests.factories import make_lot, make_offence, make_permit, make_user, make_vehicle, make_violation, make_window
from tests.payments.views.counting import queries
from tests.payments.views.page import soup
from tests.permits.test_pdf import text_of
from tests.violations.conftest import picture, upload
from violations.models import ExemptPlate, Violation

pytestmark = pytest.mark.django_db
PATH = "/admin/violations/violation/write/"
JSON = {"Accept": "application/json"}
PAGE_QUERIES = 7 + (not settings.REDIS_URL)  # without Redis the office's settings are a row
WRITE_QUERIES = 15 + (not settings.REDIS_URL)


@pytest.fixture
def officer() -> User:
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name="Enforcement"))
    return user


@pytest.fixture
def client(officer: User) -> Client:
    """The officer's phone."""
    return sign_in(Client(), officer)


def ticket(**fields: Any) -> dict[str, Any]:
    """What the form sends."""
    usual = {
        "key": str(uuid4()),
        "plate": "ckrt 418",
        "plate_region": "CA-ON",
        "plate_type": "passenger",
        "location": "Row B",
    }
    if "offence" not in fields:
        fields["offence"] = make_offence().pk
    return usual | fields


def said(response: Any) -> str:
    return " ".join(soup(response).select_one("#content").get_text(" ").split())  # type: ignore[union-attr]


def test_ticket_is_written_with_photos_place_and_moment(client: Client, officer: User) -> None:
    lot = make_lot()
    moment = timezone.now() - timedelta(hours=5)
    sent = ticket(lot=lot.pk, photos=[upload(picture()), upload(picture())], latitude="44.35851", longitude="-78.28912")
    response = client.post(PATH, sent | {"issued_at": moment.isoformat(), "notes": "No permit"})
    assert (response.status_code, response["Location"]) == (302, PATH)
    violation = Violation.objects.get()
    assert (violation.plate, violation.lot, violation.officer, violation.issued_at) == ("CKRT418", lot, officer, moment)
    assert (str(violation.latitude), str(violation.longitude), violation.notes) == (
        "44.35851",
        "-78.28912",
        "No permit",
    )
    assert violation.photos.count() == 2
    page = client.get(PATH)
    assert f"Ticket {violation.full_number} is written." in " ".join(soup(page).get_text().split())
    assert [str(link["href"]) for link in soup(page).select(".plate-latest a")] == [
        f"/admin/violations/violation/{violation.pk}/change/",
        f"/admin/violations/violation/{violation.pk}/print/",
    ]
    assert page.context["form"]["lot"].value() == lot.pk


def test_script_gets_number_and_paper_and_the_same_again(client: Client) -> None:
    sent = ticket()
    first, again = (client.post(PATH, sent, headers=JSON) for _n in range(2))
    violation = Violation.objects.get()
    paper = f"/admin/violations/violation/{violation.pk}/print/"
    assert [answer.json() for answer in (first, again)] == [{"number": violation.full_number, "print": paper}] * 2


def test_warning_owes_nothing(client: Client) -> None:
    client.post(PATH, ticket(warning="on"))
    violation = Violation.objects.get()
    assert (violation.state, violation.charge) == ("warning", None)


def test_doubted_ticket_waits_for_a_tick(client: Client) -> None:
    ExemptPlate.objects.create(plate="CKRT418", first_on=today(), reason="Fire brigade")
    sent = ticket()
    page = client.post(PATH, sent)
    assert "Not written yet Do not ticket this plate: Fire brigade" in said(page)
    answer = client.post(PATH, sent, headers=JSON)
    assert answer.json() == {"doubts": ["Do not ticket this plate: Fire brigade"]}
    assert not Violation.objects.exists()
    assert client.post(PATH, sent | {"sure": "on"}).status_code == 302


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"plate": ""}, "Plate: Enter the plate, for example CKRT 418."),
        ({"offence": ""}, "Offence: This field is required."),
        ({"location": ""}, "location: Choose a lot, or write where the vehicle stands."),
        ({"issued_at": timedelta(hours=1)}, "issued: This lies in the future. Enter when the ticket was written."),
        (
            {"issued_at": timedelta(days=-8)},
            "issued: This was written more than a week ago. Enter it on the ticket's own page.",
        ),
        ({"photos": b"GIF89a"}, "Photos: evidence.jpg is no photo that we can read."),
    ],
)
def test_what_is_wrong_is_said_by_field(client: Client, wrong: dict[str, Any], words: str) -> None:
    for name, value in wrong.items():
        if isinstance(value, timedelta):
            wrong = {name: (timezone.now() + value).isoformat()}
        elif isinstance(value, bytes):
            wrong = {name: upload(value)}
    answer = client.post(PATH, ticket(**wrong), headers=JSON)
    [error] = answer.json()["errors"]
    assert error[: len(words)].casefold() == words.casefold()
    assert not Violation.objects.exists()


def test_seven_photos_are_one_too_many(client: Client) -> None:
    answer = client.post(PATH, ticket(photos=[upload(picture()) for _n in range(7)]), headers=JSON)
    assert answer.json() == {"errors": ["Photos: Six photos fit on a ticket. Choose fewer."]}


def test_check_tells_what_is_known_and_keeps_what_was_typed(client: Client, officer: User) -> None:
    lot, holder = make_lot(), make_user()
    permit = make_permit(holder, make_window(lot))
    Permit.objects.filter(pk=permit.pk).update(state="active")
    now = timezone.now()
    loan = make_vehicle(holder, plate="LOAN123")
    PermitVehicle.every.create(
        permit=permit, vehicle=loan, from_at=now - timedelta(days=1), until_at=now + timedelta(days=2), courtesy=True
    )
    ExemptPlate.objects.create(plate="LOAN123", first_on=today(), reason="Garage")
    response = client.post(PATH, {"check": "1", "plate": "loan 123", "lot": lot.pk, "notes": "Blue car"})
    page = said(response)
    assert [
        text in page for text in ("Covered", "Do not ticket this plate: Garage", "is a courtesy car on this permit")
    ] == [True] * 3
    form = response.context["form"]
    assert (form["plate"].value(), form["notes"].value(), form["lot"].value()) == ("loan 123", "Blue car", str(lot.pk))
    assert list(PlateCheck.objects.values_list("plate", "by")) == [("LOAN123", officer.pk)]
    assert not Violation.objects.exists()


def test_check_of_nothing_asks_for_the_plate(client: Client) -> None:
    response = client.post(PATH, {"check": "1", "plate": ""})
    assert dict(response.context["form"].errors) == {"plate": ["Enter the plate, for example CKRT 418."]}


def test_paper_is_a_small_page_with_number_and_pin(client: Client, tmp_path: Any) -> None:
    violation = make_violation(number="TT-10133", pin="3K", offence=make_offence(description="No Valid Permit"))
    response = client.get(f"/admin/violations/violation/{violation.pk}/print/")
    assert (response["Content-Type"], "no-store" in response["Cache-Control"]) == ("application/pdf", True)
    (tmp_path / "ticket.pdf").write_bytes(response.content)
    with pikepdf.open(tmp_path / "ticket.pdf") as pdf:
        sizes = [[round(float(side) / 72 * 25.4) for side in page.mediabox[2:]] for page in pdf.pages]
    text = text_of(response.content)
    assert sizes == [[105, 148]]
    assert [part in text for part in ("TT-10133-3K", "No Valid Permit", "$50.00", "/pay-ticket/")] == [True] * 4
    assert client.get("/admin/violations/violation/0/print/").status_code == 302


def test_queries(client: Client, officer: User) -> None:
    make_violation(officer=officer)
    client.get(PATH)
    with queries(PAGE_QUERIES):
        client.get(PATH)
    for _n in range(2):
        make_violation(officer=officer)
    with queries(PAGE_QUERIES):
        client.get(PATH)
    sent = ticket(lot=make_lot().pk)
    client.post(PATH, sent | {"check": "1"})
    client.post(PATH, sent | {"key": str(uuid4()), "plate": "CKRT 419"})  # this lot is remembered
    make_vehicle(make_user(), plate="CKRT420")
    for plate in (sent["plate"], "CKRT 420"):  # of nobody, and of somebody
        with queries(WRITE_QUERIES):
            client.post(PATH, sent | {"key": str(uuid4()), "plate": plate}, headers=JSON)


def test_moment_of_a_plain_form_is_now(client: Client) -> None:
    before: datetime = timezone.now()
    client.post(PATH, ticket())
    assert before <= Violation.objects.get().issued_at <= timezone.now()
