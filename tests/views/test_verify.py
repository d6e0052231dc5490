"""What the code on a permit or receipt opens."""

import re
from datetime import timedelta

import pytest
from django.conf import settings as settings_module
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings
from time_machine import travel

from opscom.lib.dates import today
from payments.models import Receipt
from permits.models import Permit, PermitCopy, Reprint
from permits.verification import copy_token
from tests.factories import (
    make_charge,
    make_checkout,
    make_lot,
    make_payment,
    make_permit,
    make_user,
    make_vehicle,
    make_window,
)

pytestmark = pytest.mark.django_db


def heading(page: str) -> str:
    return page.split("<h1", 1)[1].split(">", 1)[1].split("</h1>")[0]


def address(permit: Permit, copy: int) -> str:
    return f"/verify/{copy_token(permit.code, copy)}/"


@pytest.fixture
def permit() -> Permit:
    user = make_user(first_name="Zebulon", last_name="Quixote")
    make_vehicle(user, plate="CKRT418")
    return make_permit(user, make_window(make_lot(name="Yellow zone")))


@pytest.mark.parametrize(
    ("state", "start", "word", "colour"),
    [
        ("active", 0, "Valid now", "good"),
        ("active", -29, "Valid now", "good"),
        ("active", -30, "Expired", "bad"),
        ("active", 1, "Not valid yet", "wait"),
        ("held", 0, "Not valid yet", "wait"),
        ("suspended", 0, "Suspended", "bad"),
        ("released", 0, "Cancelled", "bad"),
        ("cancelled", 0, "Cancelled", "bad"),
    ],
)
def test_verify_permit_says_whether_it_is_valid_now(
    client: Client, permit: Permit, state: str, start: int, word: str, colour: str
) -> None:
    first = today() + timedelta(days=start)
    Permit.objects.update(state=state, valid_from=first, valid_before=first + timedelta(days=30))
    answer = client.get(address(permit, 1))
    page = answer.content.decode()
    assert (answer.status_code, heading(page), f'class="say {colour}"' in page) == (200, word, True)
    assert [part for part in (permit.number, "Yellow zone", "•••T418") if part not in page] == []


@pytest.mark.parametrize(
    ("minutes", "word"), [(-1, "Not valid yet"), (0, "Valid now"), (119, "Valid now"), (120, "Expired")]
)
def test_verify_temporary_permit_goes_by_the_minute(client: Client, permit: Permit, minutes: int, word: str) -> None:
    start = timezone.now().replace(second=0, microsecond=0)
    Permit.objects.update(state="active", starts_at=start, ends_at=start + timedelta(hours=2))
    with travel(start + timedelta(minutes=minutes), tick=False):
        assert heading(client.get(address(permit, 1)).content.decode()) == word


def test_verify_old_copy_names_the_one_to_ask_for(client: Client, permit: Permit) -> None:
    Permit.objects.update(state="active")
    for number in (1, 2):
        PermitCopy.objects.create(permit=permit, number=number, layout="a6", language="en")
    Reprint.objects.create(permit=permit, kind="lost", through=2, by=permit.holder)
    Reprint.objects.create(permit=permit, kind="office", through=3, by=permit.holder)

    def answers() -> list[str]:
        pages = [client.get(path).content.decode() for path in [f"/verify/{permit.code}/", address(permit, 2)]]
        return [f"{heading(page)}: {page.partition('Ask for ')[2][:6]}" for page in pages]

    assert answers() == ["Copy not valid: copy 3", "Copy not valid: copy 3"]
    PermitCopy.objects.create(permit=permit, number=4, layout="a6", language="en")
    assert answers() == ["Copy not valid: copy 4", "Copy not valid: copy 4"]
    assert heading(client.get(address(permit, 4)).content.decode()) == "Valid now"


def test_verify_code_of_another_copy_cannot_be_made(client: Client, permit: Permit) -> None:
    code, _copy, sign = copy_token(permit.code, 1).split("-")
    forged = [
        f"{code}-2-{sign}",
        f"{code}-1-{sign[:-1]}",
        f"{code}-1-",
        f"{code}--{sign}",
        f"{code}-x-{sign}",
        f"{code}-1",
    ]
    answers = [client.get(f"/verify/{text}/") for text in forged]
    assert [(answer.status_code, heading(answer.content.decode())) for answer in answers] == [(404, "Not real")] * 6


def test_verify_code_outlives_a_change_of_the_key(client: Client, permit: Permit, settings: Settings) -> None:
    path, old = address(permit, 1), settings.SECRET_KEY
    settings.SECRET_KEY = "another"
    before = client.get(path).status_code
    settings.SECRET_KEY_FALLBACKS = [old]
    assert (before, client.get(path).status_code) == (404, 200)


def test_verify_page_is_small_and_needs_one_style_alone(client: Client, permit: Permit) -> None:
    Permit.objects.update(state="active")
    answer = client.get(address(permit, 1))
    page = answer.content.decode()
    style = (settings_module.BASE_DIR / "static/css/verify.css").read_bytes()
    assert len(answer.content) + len(style) < 15_000
    assert re.findall(r'(?:src|href)="([^"]+)"', page) == ["data:,", "/static/css/verify.css"]
    assert ("<script" in page, "no-store" in answer.headers["Cache-Control"]) == (False, True)


def test_verify_says_nothing_about_the_holder(client: Client, permit: Permit) -> None:
    page = client.get(f"/verify/{permit.code.lower()}/").content.decode()
    assert [part for part in ("Zebulon", "Quixote", permit.holder.email) if part in page] == []


def test_verify_receipt(client: Client) -> None:
    payment = make_payment(make_checkout([make_charge(amount="50.00")]), received="50.00")
    receipt = Receipt.objects.create(payment=payment, number="R-2026-00042")
    page = client.get(f"/verify/{receipt.code}/").content.decode()
    assert (heading(page), "R-2026-00042" in page, "$50.00" in page) == ("Receipt is real", True, True)


def test_verify_unknown_code_is_404_with_the_answer(client: Client) -> None:
    answer = client.get("/verify/NOSUCHCODE00/")
    assert (answer.status_code, heading(answer.content.decode())) == (404, "Not real")


def test_verify_post_is_refused(client: Client, permit: Permit) -> None:
    assert client.post(f"/verify/{permit.code}/").status_code == 405


def test_verify_few_queries(
    client: Client, permit: Permit, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(5):
        client.get(address(permit, 1))
