"""Print, numbered copies, and what is lost (PRN-1 to PRN-4)."""

import io
from datetime import timedelta

import pikepdf
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from time_machine import travel

from accounts.models import Mail, User
from opscom.lib.dates import today
from opscom.lib.office import office
from permits.models import Permit, PermitCopy, PermitType, Reprint
from tests.factories import change_office, make_lot, make_permit, make_user, make_vehicle, make_window

QUERIES = (
    14 + (not settings.REDIS_URL) * 7
)  # without Redis the settings, and the PDF that is kept, are rows; two own texts


@pytest.fixture
def permit(resident: User) -> Permit:
    make_vehicle(resident, plate="CKRT418")
    permit = make_permit(resident, make_window(make_lot(name="Yellow zone")))
    Permit.objects.filter(pk=permit.pk).update(state="active", held_until=None)
    return Permit.objects.get(pk=permit.pk)


def page_of(client: Client, permit: Permit) -> str:
    return client.get(reverse("permits:detail", args=[permit.code])).content.decode()


def printing(permit: Permit) -> str:
    return reverse("permits:print", args=[permit.code])


def lost(permit: Permit) -> str:
    return reverse("permits:lost", args=[permit.code])


def log(permit: Permit) -> list[tuple[int, str, str]]:
    rows = permit.copies.order_by("number").select_related("by")
    return [(copy.number, copy.layout, copy.by.email if copy.by else "") for copy in rows]


def size_of(pdf: bytes) -> list[int]:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return [round(float(side) / 72 * 25.4) for side in document.pages[0].mediabox][2:]


def test_print_downloads_the_pdf_and_notes_the_moment(
    resident_client: Client, permit: Permit, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    office()
    with django_assert_num_queries(QUERIES):
        answer = resident_client.post(printing(permit))
    assert (answer.status_code, answer.headers["Content-Type"], answer.content[:5]) == (
        200,
        "application/pdf",
        b"%PDF-",
    )
    assert answer.headers["Content-Disposition"] == f'attachment; filename="permit-{permit.number}.pdf"'
    permit.refresh_from_db()
    assert permit.printed_at is not None
    assert log(permit) == [(1, "a6", "resident@example.test")]
    assert f'datetime="{permit.printed_at.astimezone().year}' in page_of(resident_client, permit)


def test_print_happens_once_where_the_office_says_so(resident_client: Client, permit: Permit) -> None:
    assert printing(permit) in page_of(resident_client, permit)
    first = resident_client.post(printing(permit)).content
    page = page_of(resident_client, permit)
    assert ("A permit prints once." in page, printing(permit) in page) == (True, False)
    assert resident_client.post(printing(permit)).content == first, "a second click gets the same copy"
    with travel(timezone.now() + timedelta(minutes=3)):
        answer = resident_client.post(printing(permit), follow=True)
    assert (answer.redirect_chain, "it prints once. Lost it?" in answer.content.decode()) == (
        [(reverse("permits:detail", args=[permit.code]), 302)],
        True,
    )
    assert [number for number, _layout, _by in log(permit)] == [1]


def test_print_again_when_the_sheet_would_say_something_else(resident_client: Client, permit: Permit) -> None:
    resident_client.post(printing(permit))
    permit.plates.update(vehicle=make_vehicle(plate="BVLP902"))
    assert printing(permit) in page_of(resident_client, permit)
    assert resident_client.post(printing(permit)).content[:5] == b"%PDF-"
    assert [number for number, _layout, _by in log(permit)] == [1, 2]
    assert printing(permit) not in page_of(resident_client, permit)


def test_print_as_often_as_one_likes_numbers_the_copies(resident_client: Client, permit: Permit) -> None:
    change_office(print_once=False)
    answers = [resident_client.post(printing(permit)) for _time in range(3)]
    assert [answer.headers["Content-Disposition"].partition("permit-")[2] for answer in answers] == [
        f'{permit.number}.pdf"',
        f'{permit.number}-2.pdf"',
        f'{permit.number}-3.pdf"',
    ]
    assert [number for number, _layout, _by in log(permit)] == [1, 2, 3]
    assert len({answer.content for answer in answers}) == 3


@pytest.mark.parametrize(
    ("choice", "asked", "size"), [(True, "letter", [216, 279]), (False, "letter", [90, 210]), (True, "x", [90, 210])]
)
def test_print_layout_is_chosen_where_the_office_lets(
    resident_client: Client, permit: Permit, choice: bool, asked: str, size: list[int]
) -> None:
    PermitType.objects.update(layout="hang_tag", layout_choice=choice)
    assert ('name="layout"' in page_of(resident_client, permit)) is choice
    assert size_of(resident_client.post(printing(permit), {"layout": asked}).content) == size


def test_print_past_permit_too(resident_client: Client, permit: Permit) -> None:
    Permit.objects.update(valid_from=today() - timedelta(days=40), valid_before=today() - timedelta(days=10))
    assert "The permit has ended, and the sheet says so." in page_of(resident_client, permit)
    assert resident_client.post(printing(permit)).content[:5] == b"%PDF-"


@pytest.mark.parametrize("state", ["held", "released", "cancelled", "suspended"])
def test_print_unpaid_is_refused(resident_client: Client, permit: Permit, state: str) -> None:
    Permit.objects.update(state=state, held_until=timezone.now() + timedelta(minutes=9))
    answer = resident_client.post(printing(permit), follow=True)
    assert answer.redirect_chain == [(reverse("permits:detail", args=[permit.code]), 302)]
    assert "is not paid, so there is nothing to print yet." in answer.content.decode()
    assert log(permit) == []


@pytest.mark.parametrize(("kind", "told"), [("lost", 0), ("stolen", 1)])
def test_lost_copy_is_no_longer_good_and_a_new_one_may_be_printed(
    resident_client: Client, permit: Permit, kind: str, told: int
) -> None:
    change_office(staff_email="desk@example.test")
    resident_client.post(printing(permit))
    answer = resident_client.post(lost(permit), {"kind": kind}, follow=True)
    assert "the copies printed so far are no longer good" in answer.content.decode()
    [report] = Reprint.objects.all()
    assert (report.kind, report.through, report.by, report.cancels) == (kind, 1, permit.holder, True)
    assert Mail.objects.filter(kind="permit_stolen", to="desk@example.test").count() == told
    assert printing(permit) in page_of(resident_client, permit)
    resident_client.post(printing(permit))
    assert [number for number, _layout, _by in log(permit)] == [1, 2]
    assert (printing(permit) in page_of(resident_client, permit), lost(permit) in page_of(resident_client, permit)) == (
        False,
        True,
    )


def test_lost_before_anything_was_printed_is_refused(resident_client: Client, permit: Permit) -> None:
    assert lost(permit) not in page_of(resident_client, permit)
    answer = resident_client.post(lost(permit), {"kind": "lost"}, follow=True)
    assert "Use Print to get a new one." in answer.content.decode()
    resident_client.post(printing(permit))
    resident_client.post(lost(permit), {"kind": "lost"})
    resident_client.post(lost(permit), {"kind": "lost"})
    assert Reprint.objects.count() == 1


def test_print_and_lost_take_a_post_of_the_holder_alone(
    resident_client: Client, client: Client, permit: Permit
) -> None:
    other = make_permit(make_user())
    Permit.objects.filter(pk=other.pk).update(state="active", held_until=None)
    for address in (printing, lost):
        assert resident_client.get(address(permit)).status_code == 405
        assert resident_client.post(address(other)).status_code == 404
        assert client.post(address(permit)).headers["Location"].startswith(reverse("account_login"))
    assert PermitCopy.objects.count() == 0
