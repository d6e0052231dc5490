"""Waitlists in the office."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from opscom.lib.office import office
from permits.models import SalesWindow, Waitlist, WaitlistEntry, WaitlistOffer, WindowPrice
from permits.services.waitlists.places import list_places
from permits.waiting import explain_place
from tests.conftest import sign_in
from tests.factories import (
    make_entry,
    make_lot,
    make_offer,
    make_permit,
    make_user,
    make_waitlist,
    make_window,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager_client(client: Client) -> Client:
    manager = make_user(is_staff=True)
    manager.groups.add(Group.objects.get(name="Manager"))
    return sign_in(client, manager)


def queue_page(waitlist: Waitlist, name: str = "queue") -> str:
    return reverse(f"admin:permits_waitlist_{name}", args=[waitlist.pk])


def words(answer: object) -> str:
    return " ".join(answer.content.decode().split())  # type: ignore[attr-defined]


def why(waitlist: Waitlist) -> list[str]:
    return [explain_place(place, waitlist) for place in list_places(waitlist, timezone.now())]


@pytest.mark.rule(14)
def test_queue_says_which_limit_is_full_or_what_else_stops_it() -> None:
    window = make_window(make_lot(spaces=2))
    waitlist = make_waitlist(window)
    permit_type = window.permit_type
    assert why(waitlist) == ["Places are free, and nobody who waits can have one."]
    make_permit(None, window)
    make_entry(waitlist)
    assert why(waitlist) == ["Places are free. The next people are asked within a minute."]
    waitlist.automatic = False
    assert why(waitlist) == ["Places are free. Staff make the offers of this list."]
    permit_type.allocation = 1
    permit_type.save()
    assert why(waitlist) == ["The permit type is full: 1 of its 1 spaces are taken."]
    permit_type.lot.spaces = 1
    permit_type.lot.save()
    assert why(waitlist) == ["The lot is full: 1 of 1 spaces are taken."]
    WindowPrice.objects.all().delete()
    assert why(waitlist) == ["No price holds today."]
    SalesWindow.objects.update(sale_ends=timezone.now() + timedelta(hours=2))
    assert why(waitlist) == ["No price holds today."]
    WindowPrice.objects.create(window=window, from_day=window.valid_from, amount=1)
    assert why(waitlist) == ["The sale ends before 48 hours to answer would be over."]
    permit_type.active = False
    permit_type.save()
    assert why(waitlist) == ["The permit type is not on sale."]


def test_queue_shows_people_and_asks_the_next_so_many(manager_client: Client) -> None:
    waitlist = make_waitlist(make_window(make_lot(spaces=3)), automatic=False)
    people = [make_entry(waitlist, make_user(last_name=f"Waits{n}")) for n in range(4)]
    page = words(manager_client.get(queue_page(waitlist)))
    assert [page.count(f"Waits{n}") for n in range(4)] == [2, 2, 2, 1]  # three of them are also asked next
    said = words(manager_client.post(queue_page(waitlist, "ask"), {"number": "2"}, follow=True))
    assert ("2 people were asked." in said, WaitlistOffer.objects.count()) == (True, 2)
    assert set(WaitlistOffer.objects.values_list("entry", flat=True)) == {entry.pk for entry in people[:2]}
    said = words(manager_client.post(queue_page(waitlist, "ask"), {"number": "many"}, follow=True))
    assert "Nobody was asked." in said


@pytest.mark.parametrize("rows", [1, 3])
def test_queue_queries_do_not_grow(
    manager_client: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    waitlist = make_waitlist(make_window(make_lot(spaces=0)))
    for _ in range(rows):
        make_entry(waitlist)
    office()
    with django_assert_num_queries(10 + (not settings.REDIS_URL)):
        manager_client.get(queue_page(waitlist))


def act(client: Client, entry: WaitlistEntry, **data: object) -> str:
    path = reverse("admin:permits_waitlistentry_act", args=[entry.pk])
    assert client.get(path).status_code == 200
    return words(client.post(path, {"reason": "Hardship", **data}, follow=True))


def test_staff_move_offer_remove_and_put_back_with_a_reason(manager_client: Client) -> None:
    window = make_window(make_lot(spaces=1))
    waitlist = make_waitlist(window, automatic=False)
    first, second = make_entry(waitlist), make_entry(waitlist)
    assert "Fill this in, too." in act(manager_client, second, do="move")
    assert "Say why" in act(manager_client, second, do="move", position=1, reason="")
    act(manager_client, second, do="move", position=1)
    act(manager_client, first, do="offer", window=window.pk)
    assert WaitlistOffer.objects.get().entry == first
    assert "No place is free" in act(manager_client, second, do="offer", window=window.pk)
    before = WaitlistOffer.objects.get().expires_at
    act(manager_client, first, do="extend", hours=24)
    assert WaitlistOffer.objects.get().expires_at == before + timedelta(hours=24)
    act(manager_client, first, do="withdraw")
    act(manager_client, first, do="remove")
    act(manager_client, first, do="note", reason="Called")
    first.refresh_from_db()
    assert (first.state, first.note) == ("left", "Called")
    act(manager_client, first, do="back")
    states = dict(WaitlistEntry.objects.values_list("pk", "state"))
    assert (states, WaitlistOffer.objects.get().state) == ({first.pk: "waiting", second.pk: "waiting"}, "withdrawn")
    reasons = set(first.events.exclude(by=None).values_list("reason", flat=True))
    assert reasons == {"Hardship", "Called"}


def test_staff_cannot_act_on_a_place_that_waits_for_its_payment(manager_client: Client) -> None:
    offer = make_offer()
    make_permit(offer.entry.user, offer.window)
    assert "Select a valid choice" in act(manager_client, offer.entry, do="remove")


def test_import_is_looked_at_before_it_is_done_and_export_reads_again(manager_client: Client) -> None:
    waitlist = make_waitlist(make_window(make_lot(spaces=0)))
    make_user(email="ada@example.test", first_name="=Ada")
    path, text = (
        queue_page(waitlist, "import"),
        "email,joined,note\nada@example.test,2024-01-05,+1\nno@example.test,,\n",
    )
    page = words(manager_client.post(path, {"file": SimpleUploadedFile("order.csv", text.encode("utf-16"))}))
    assert "The first line names the columns" in page
    page = words(manager_client.post(path, {"file": SimpleUploadedFile("order.csv", text.encode())}))
    assert ("Add 1 person" in page, "Nobody with this address" in page, WaitlistEntry.objects.count()) == (
        True,
        True,
        0,
    )
    said = words(manager_client.post(path, {"text": text, "confirm": "1"}, follow=True))
    assert ("1 person added." in said, WaitlistEntry.objects.count()) == (True, 1)
    assert "Choose the file first." in words(manager_client.post(path))
    csv = manager_client.get(queue_page(waitlist, "export")).content.decode()
    assert csv.splitlines()[1].startswith("1,ada@example.test,'=Ada")
    assert (",'+1" in csv, words(manager_client.post(path, {"text": csv, "confirm": "1"}, follow=True))[:0]) == (
        True,
        "",
    )
    assert WaitlistEntry.objects.count() == 1


def test_list_counts_who_waits_and_who_is_asked(manager_client: Client) -> None:
    offer = make_offer()
    make_entry(offer.entry.waitlist), make_entry(offer.entry.waitlist)
    page = manager_client.get(reverse("admin:permits_waitlist_changelist")).content.decode()
    assert ('class="field-waiting">2<' in page, 'class="field-offered">1<' in page) == (True, True)


def test_person_is_found_and_has_a_history(manager_client: Client, resident: User) -> None:
    offer = make_offer(user=resident)
    found = words(manager_client.get(reverse("admin:permits_waitlistentry_changelist"), {"q": "reyes"}))
    assert (resident.email in found, "1 person on a waitlist" in found) == (True, True)
    page = words(manager_client.get(reverse("admin:permits_waitlistentry_change", args=[offer.entry_id])))
    assert "Waits for the answer" in page
