"""Hang tags that the office makes: asked for, made, handed over or posted."""

import io
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pikepdf
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import Mail, User
from opscom.lib.dates import Period, as_moment, today
from opscom.lib.office import office
from payments.services.attempts import resolve_payment
from permits.errors import PermitRefused
from permits.models import HangTag, Permit, PermitType, PrintBatch
from permits.services import activation, batches, printing
from permits.services.cancel import cancel_permit
from permits.services.exchange import exchange_permit, quote_exchange
from permits.services.tags import ask_for_tag, drop_tags, ensure_tag, make_tags, send_out_tags, want_tag
from permits.services.visitors.booking import book_visit, end_visit
from tests.documents import pdf
from tests.factories import (
    make_address,
    make_checkout,
    make_hours,
    make_lot,
    make_permit,
    make_temporary_type,
    make_user,
    make_vehicle,
    make_window,
)
from tests.payments.conftest import begin, pay_at_provider
from tests.payments.refunding import paid_by_card

PICK_UP, POST = HangTag.Way.PICK_UP, HangTag.Way.POST
ADDRESS = "17 Trent Lane\nGuelph ON N1G 2W1\nCanada"


@pytest.fixture
def permit(resident: User) -> Permit:
    make_vehicle(resident)
    permit = make_permit(resident, make_window(make_lot(spaces=20)))
    Permit.objects.update(state="active", held_until=None)
    PermitType.objects.update(pick_up=True, post=True)
    return Permit.objects.select_related("permit_type", "holder").get(pk=permit.pk)


def page_of(client: Client, permit: Permit) -> str:
    return client.get(reverse("permits:detail", args=[permit.code])).content.decode()


def kinds() -> list[str]:
    return sorted(Mail.objects.filter(kind__startswith="tag_").values_list("kind", flat=True))


def test_tag_is_asked_for_and_another_way_may_be_chosen(resident_client: Client, permit: Permit) -> None:
    address = reverse("permits:hang_tag", args=[permit.code])
    assert "Pick the hang tag up" in page_of(resident_client, permit)
    answer = resident_client.post(address, {"way": "post"}, follow=True)
    assert "Add a mailing or home address under Addresses" in answer.content.decode()
    assert HangTag.objects.count() == 0
    make_address(permit.holder)
    resident_client.post(address, {"way": "pick_up"})
    page = page_of(resident_client, permit)
    assert ("An e-mail says when you can pick it up." in page, "Pick the hang tag up" in page) == (True, False)
    resident_client.post(address, {"way": "post"})
    [tag] = HangTag.objects.all()
    assert (tag.way, tag.state, tag.address) == ("post", "to_make", ADDRESS)
    assert "The office makes your hang tag and posts it." in page_of(resident_client, permit)


@pytest.mark.parametrize(
    ("way", "told", "made", "out"),
    [
        (PICK_UP, ["tag_ready"], "Your hang tag is ready.", "Your hang tag was handed over."),
        (POST, ["tag_posted"], "Your hang tag is made and goes to the post next.", "Your hang tag was posted."),
    ],
)
def test_tag_is_made_and_goes_out(
    resident_client: Client, staff: User, permit: Permit, way: HangTag.Way, told: list[str], made: str, out: str
) -> None:
    make_address(permit.holder)
    tag = ask_for_tag(permit, way=way, by=permit.holder)
    assert (send_out_tags([tag.pk], by=staff), make_tags([tag.pk], by=staff), make_tags([tag.pk], by=staff)) == (
        0,
        1,
        0,
    )
    assert made in page_of(resident_client, permit)
    with pytest.raises(PermitRefused) as refusal:
        ask_for_tag(permit, way=PICK_UP, by=permit.holder)
    assert refusal.value.code == "made"
    assert (drop_tags([tag.pk], by=staff), send_out_tags([tag.pk], by=staff)) == (0, 1)
    assert out in page_of(resident_client, permit)
    assert kinds() == told
    assert list(tag.events.values_list("to_state", "by")) == [
        ("to_make", permit.holder_id),
        ("made", staff.pk),
        ("out", staff.pk),
    ]


@pytest.mark.parametrize(
    ("offers", "known", "expected"),
    [
        ({"print_at_home": False, "pick_up": True, "post": True}, True, ["pick_up"]),
        ({"print_at_home": False, "pick_up": False, "post": True}, True, ["post"]),
        ({"print_at_home": False, "pick_up": False, "post": True}, False, []),
        ({"print_at_home": True, "pick_up": True}, True, []),
    ],
)
def test_tag_is_made_unasked_where_nobody_prints(
    resident: User, offers: dict[str, bool], known: bool, expected: list[str]
) -> None:
    make_vehicle(resident)
    permit = make_permit(resident, make_window())
    PermitType.objects.update(**offers)
    if known:
        make_address(resident)
    attempt = begin(make_checkout([permit.charge], resident))
    pay_at_provider(attempt)
    resolve_payment(attempt)
    resolve_payment(attempt)
    assert list(HangTag.objects.values_list("way", flat=True)) == expected


def test_tag_of_the_office_alone_leaves_nothing_to_print(resident_client: Client, permit: Permit) -> None:
    PermitType.objects.update(print_at_home=False)
    address = reverse("permits:print", args=[permit.code])
    assert address not in page_of(resident_client, permit)
    assert "The office makes the hang tag" in resident_client.post(address, follow=True).content.decode()
    assert permit.copies.count() == 0


@pytest.mark.parametrize("offers", [{"pick_up": False}, {"state": "cancelled"}])
def test_tag_that_is_not_offered_is_refused(permit: Permit, offers: dict[str, object]) -> None:
    (Permit if "state" in offers else PermitType).objects.update(**offers)
    with pytest.raises(PermitRefused):
        ask_for_tag(permit, way=PICK_UP, by=permit.holder)


def test_office_prints_tags_which_are_then_made(
    staff_client: Client,
    permit: Permit,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    monkeypatch.setattr(printing, "permit_pdf", lambda permit, **how: pdf(text=how["layout"]))
    tag = ask_for_tag(permit, way=PICK_UP, by=permit.holder)
    url, chosen = reverse("admin:permits_hangtag_changelist"), {"_selected_action": [tag.pk]}
    staff_client.post(url, chosen | {"action": "print_and_make"})
    batch = PrintBatch.objects.get()
    batches.go_on(batch)
    tag.refresh_from_db()
    assert (batch.layout, tag.state, kinds()) == ("hang_tag", "made", ["tag_ready"])
    assert permit.copies.get().layout == "hang_tag"
    answer = staff_client.post(url, chosen | {"action": "send_out"}, follow=True)
    assert "1 hang tag done." in answer.content.decode()
    again = staff_client.post(url, chosen | {"action": "drop"}, follow=True)
    assert "None of them was at that step." in again.content.decode()


def test_office_gets_labels_for_the_post(staff_client: Client, permit: Permit) -> None:
    make_address(permit.holder)
    tag = ask_for_tag(permit, way=PICK_UP, by=permit.holder)
    asked = {"action": "labels", "_selected_action": [tag.pk]}
    url = reverse("admin:permits_hangtag_changelist")
    assert "None of them goes by post." in staff_client.post(url, asked, follow=True).content.decode()
    ask_for_tag(permit, way=POST, by=permit.holder)
    answer = staff_client.post(url, asked)
    with pikepdf.open(io.BytesIO(answer.content)) as document:
        assert (len(document.pages), answer.headers["Content-Type"]) == (1, "application/pdf")


@pytest.mark.parametrize("rows", [1, 3])
def test_list_of_tags_queries_do_not_grow(
    staff_client: Client, permit: Permit, rows: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    window = permit.window
    permits = [permit, *(make_permit(make_user(), window) for _n in range(rows - 1))]
    Permit.objects.update(state="active", held_until=None)
    for one in permits:
        ask_for_tag(one, way=PICK_UP, by=one.holder)
    office()
    with django_assert_max_num_queries(9):
        page = staff_client.get(reverse("admin:permits_hangtag_changelist")).content.decode()
    assert page.count('class="field-holder"') == rows


def test_reservation_asks_how_the_tag_gets_to_its_holder_and_payment_has_it_made(
    resident_client: Client, resident: User
) -> None:
    link = make_vehicle(resident).owner_links.get()
    make_address(resident)
    window = make_window()
    PermitType.objects.update(pick_up=True, post=True)
    User.objects.update(permit_disclaimer_at=timezone.now())
    address, fields = reverse("permits:reserve", args=[window.code]), {"vehicle": link.code}
    page = resident_client.get(address).content.decode()
    parts = ("I print it myself", "I pick it up at the parking office", "The office posts it", "17 Trent Lane\nGuelph")
    assert [part in page for part in parts] == [True] * 4
    for wrong, said in (
        ({"tag": "horse"}, "Choose how you get the hang tag."),
        ({"tag": "post", "address": " "}, "Enter the address to which we post the hang tag."),
    ):
        assert said in resident_client.post(address, fields | wrong).content.decode()
    assert Permit.objects.count() == 0
    for way in ("pick_up", "post"):  # the second choice replaces the first
        answer = resident_client.post(address, fields | {"tag": way, "address": "4 Elm Street\nGuelph"})
        assert answer["Location"] == "/payments/"
    tags = HangTag.objects.order_by("pk").values_list("way", "state", "address")
    assert list(tags) == [("pick_up", "dropped", ""), ("post", "wanted", "4 Elm Street\nGuelph")]
    payment = begin(make_checkout([Permit.objects.get().charge], resident))
    pay_at_provider(payment)
    resolve_payment(payment)
    assert HangTag.objects.get(way="post").state == "to_make"


def test_who_prints_it_waits_for_no_tag(resident: User) -> None:
    permit = make_permit(resident, make_window())
    assert want_tag(permit, way=None, by=resident) is None
    with pytest.raises(PermitRefused):
        want_tag(permit, way=PICK_UP, by=resident)


@pytest.mark.parametrize("way", ["hours", "exchange"])
def test_what_is_valid_without_a_payment_of_its_own_gets_its_tag_and_file(
    way: str, resident: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = list[Permit]()
    monkeypatch.setattr(activation, "draw_anew", drawn.append)
    make_vehicle(resident)
    if way == "hours":
        kind = make_temporary_type(takes_hours=True, print_at_home=False, pick_up=True)
        permit = visit(resident, kind)
    else:
        old = make_permit(resident, make_window(price="60.00"))
        paid_by_card([old.charge], resident)
        window = make_window(make_lot(), price="9.00")
        PermitType.objects.update(print_at_home=False, pick_up=True)
        old.refresh_from_db()
        ensure_tag(old, at=timezone.now())
        difference = quote_exchange(old, window=window).difference
        permit = exchange_permit(old, window=window, expected=difference, by=resident)
        drawn = [drawn[-1]]
        assert list(old.tags.values_list("state", flat=True)) == ["dropped"]  # nobody waits for it any more
    assert (permit.state, drawn) == ("active", [permit])
    assert list(permit.tags.values_list("way", "state")) == [("pick_up", "to_make")]


@pytest.mark.parametrize("made", [False, True])
def test_permit_that_is_given_up_needs_no_tag_made_or_not(made: bool, permit: Permit, staff: User) -> None:
    tag = ask_for_tag(permit, way=PICK_UP, by=permit.holder)
    if made:
        make_tags([tag.pk], by=staff)
    cancel_permit(permit, expected=Decimal(0), by=permit.holder)
    assert (send_out_tags([tag.pk], by=staff), make_tags([tag.pk], by=staff)) == (0, 0)
    assert HangTag.objects.get().state == "dropped"


@pytest.mark.parametrize("hours", [-1, 1])
def test_visit_that_is_called_off_or_ended_early_needs_no_tag(resident: User, hours: int) -> None:
    permit = visit(resident, make_temporary_type(takes_hours=True, print_at_home=False, pick_up=True))
    assert permit.starts_at is not None
    end_visit(permit, by=resident, at=permit.starts_at + timedelta(hours=hours))
    assert HangTag.objects.get().state == "dropped"


def visit(user: User, permit_type: PermitType) -> Permit:
    """Two of ten paid hours, tomorrow at noon."""
    paid_by_card([make_hours(user).charge], user)
    start = as_moment(today() + timedelta(days=1)) + timedelta(hours=12)
    period = Period(start, start + timedelta(hours=2))
    return book_visit(user, permit_type=permit_type, vehicle=make_vehicle(), period=period)
