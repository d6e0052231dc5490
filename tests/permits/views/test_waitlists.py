"""Pages of waitlists: the lot's card, the own lists, and the answer to an offer."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Mail, User
from opscom.lib.office import office
from permits.models import Permit, SalesWindow, WaitlistEntry, WaitlistOffer
from permits.services.waitlists.links import answer_path
from tests.factories import (
    change_office,
    make_entry,
    make_lot,
    make_offer,
    make_user,
    make_vehicle,
    make_waitlist,
    make_window,
)

URL = "/waitlists/"
MORE = not settings.REDIS_URL  # without Redis the office's settings are a row


@pytest.fixture
def driver(resident: User) -> User:
    make_vehicle(resident)
    resident.permit_disclaimer_at = timezone.now()
    resident.save()
    return resident


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def said_after(client: Client, path: str, **data: str) -> str:
    return " ".join(client.post(path, data, follow=True).content.decode().split())


def test_card_of_a_full_lot_shows_the_position_and_joins(resident_client: Client, driver: User) -> None:
    window = make_window(make_lot(spaces=0, name="Yellow"))
    waitlist = make_waitlist(window, name="Yellow", only_when_full=True)
    make_entry(waitlist, turn=timezone.now() - timedelta(hours=1))
    page = text_of(resident_client, "/permits/")
    assert ("1 person" in page, '<b class="num">2</b>' in page, "is the position you would get." in page) == (True,) * 3
    said = said_after(resident_client, reverse("waitlists:join", args=[waitlist.code]))
    assert ("You are on the waitlist Yellow." in said, "is your position now." in said) == (True, True)
    page = text_of(resident_client, "/permits/")
    assert ("your position: 2" in page, "Join Waitlist" in page) == (True, False)


def test_card_hides_positions_where_the_office_does(resident_client: Client, driver: User) -> None:
    waitlist = make_waitlist(make_window(make_lot(spaces=0)), show_position=False)
    page = text_of(resident_client, "/permits/")
    assert ("Join Waitlist" in page, "position" in page, "0 people" in page) == (
        True,
        False,
        False,
    )
    make_entry(waitlist, driver)
    assert (
        "you are on it" in text_of(resident_client, "/permits/"),
        "position now" in text_of(resident_client, URL),
    ) == (
        True,
        False,
    )


def test_card_of_places_that_others_wait_for_sells_none(resident_client: Client, driver: User) -> None:
    window = make_window(make_lot(spaces=1))
    make_entry(make_waitlist(window, automatic=False))
    page = text_of(resident_client, "/permits/")
    assert ("For the waitlist" in page, "Reserve Permit" in page) == (True, False)
    assert resident_client.get(reverse("permits:reserve", args=[window.code])).headers["Location"] == "/permits/"


def test_join_says_why_not(resident_client: Client, driver: User) -> None:
    waitlist = make_waitlist(only_when_full=True)
    said = said_after(resident_client, reverse("waitlists:join", args=[waitlist.code]))
    assert ("There are places left in" in said, WaitlistEntry.objects.count()) == (True, 0)
    hidden = make_waitlist(make_window(make_lot(visibility="hidden")))
    assert resident_client.post(reverse("waitlists:join", args=[hidden.code])).status_code == 404


def test_off_means_404_and_no_section(resident_client: Client, driver: User) -> None:
    waitlist = make_waitlist(make_window(make_lot(spaces=0)))
    change_office(waitlists_enabled=False)
    assert resident_client.get(URL).status_code == 404
    assert resident_client.post(reverse("waitlists:join", args=[waitlist.code])).status_code == 404
    assert "Join Waitlist" not in text_of(resident_client, "/permits/")


def test_own_lists_can_be_ranked_and_left(resident_client: Client, driver: User) -> None:
    first, second = (
        make_entry(make_waitlist(make_window(make_lot(spaces=0)), name=name), driver, rank=rank)
        for rank, name in enumerate(("North", "South"), start=1)
    )
    page = said_after(resident_client, reverse("waitlists:move", args=[second.code]), to="up")
    assert page.index("South</h2>") < page.index("North</h2>")
    said = said_after(resident_client, reverse("waitlists:leave", args=[first.code]))
    assert ("You left the waitlist North." in said, "North</h2>" in said) == (True, False)


def test_offer_is_on_home_and_on_top_of_the_own_lists(resident_client: Client, driver: User) -> None:
    offer = make_offer(user=driver)
    for page in (text_of(resident_client, "/home/"), text_of(resident_client, URL)):
        assert (
            f"A place in {offer.permit_type.lot.name} for you" in page,
            reverse("waitlists:accept", args=[offer.code]) in page,
        ) == (
            True,
            True,
        )


def test_accept_holds_the_place_and_leads_to_payments(resident_client: Client, driver: User) -> None:
    offer = make_offer(make_window(make_lot(spaces=1), price="77.00"), driver)
    path = reverse("waitlists:accept", args=[offer.code])
    assert "$77.00" in text_of(resident_client, path)
    assert "Choose a vehicle" in " ".join(resident_client.post(path, {"vehicle": ""}).content.decode().split())
    answer = resident_client.post(path, {"vehicle": driver.vehicle_links.get().code})
    assert answer.headers["Location"] == "/payments/"
    permit = Permit.objects.get()
    assert (permit.state, permit.holder, permit.waitlist_offer) == ("held", driver, offer)
    page = text_of(resident_client, path)
    assert ("You accepted this place." in page, permit.number in page) == (True, True)
    assert "You accepted it: pay while it is held." in text_of(resident_client, URL)


def test_accept_without_a_vehicle_leads_to_vehicles_and_back(resident_client: Client, resident: User) -> None:
    offer = make_offer(user=resident)
    resident.vehicle_links.all().delete()
    path = reverse("waitlists:accept", args=[offer.code])
    assert f"/vehicles/?next={quote(path, safe='')}" in text_of(resident_client, path)


def test_accept_too_late_says_so(resident_client: Client, driver: User) -> None:
    offer = make_offer(user=driver)
    WaitlistOffer.objects.update(expires_at=timezone.now())
    path = reverse("waitlists:accept", args=[offer.code])
    assert "This offer is over." in text_of(resident_client, path)
    said = said_after(resident_client, path, vehicle=driver.vehicle_links.get().code)
    assert ("its place goes to the next person" in said, Permit.objects.count()) == (True, 0)


@pytest.mark.parametrize(
    ("answer", "state", "said"),
    [
        ("decline", "declined", "You declined the place and are no longer on this waitlist."),
        ("snooze", "snoozed", "You keep your place in the queue."),
        ("nonsense", "open", "Answer by"),
    ],
)
def test_link_asks_first_and_answers_once(client: Client, db: None, answer: str, state: str, said: str) -> None:
    offer = make_offer()
    path = answer_path(offer)
    text_of(client, f"{path}?answer={answer}")
    offer.refresh_from_db()
    assert offer.state == "open"  # a scanner that follows the link changes nothing
    for _ in range(2):
        assert said in said_after(client, path, answer=answer)
    offer.refresh_from_db()
    assert offer.state == state


def test_link_after_the_end_says_what_became_of_it(client: Client, db: None) -> None:
    offer = make_offer()
    path = answer_path(offer)
    WaitlistOffer.objects.update(expires_at=timezone.now())
    page = text_of(client, path)
    assert (
        "This offer is over" in page,
        "Nobody answered in time" in page,
        'name="answer"' in page,
    ) == (
        True,
        True,
        False,
    )
    assert "This offer is over already." in said_after(client, path, answer="decline")


@pytest.mark.parametrize("token", ["made-up", "a:b:c"])
def test_link_that_is_none_says_so(client: Client, db: None, token: str) -> None:
    for answer in (client.get(f"/waitlists/answer/{token}/"), client.post(f"/waitlists/answer/{token}/")):
        assert (answer.status_code, b"We cannot read this link" in answer.content) == (404, True)


def test_link_in_another_persons_session_does_nothing(resident_client: Client, resident: User) -> None:
    offer = make_offer()
    page = text_of(resident_client, answer_path(offer))
    assert ("You are logged in as somebody else." in page, "Decline" in page.partition("<main")[2]) == (True, False)
    said_after(resident_client, answer_path(offer), answer="decline")
    offer.refresh_from_db()
    assert (offer.state, resident_client.get(reverse("waitlists:accept", args=[offer.code])).status_code) == (
        "open",
        404,
    )


@pytest.mark.rule(15)
def test_links_in_the_mail_open(client: Client, db: None) -> None:
    make_offer()
    text = Mail.objects.get(kind="waitlist_offer").text
    links = [word for word in text.split() if "/waitlists/answer/" in word]
    assert [client.get(link.removeprefix(settings.BASE_URL)).status_code for link in links] == [200] * 3


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_do_not_ask_more_for_more_lists(
    resident_client: Client, driver: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows):
        for _ in range(rows):
            make_entry(make_waitlist(make_window(make_lot(spaces=0))), driver)
        make_offer(user=driver)
    office()  # fills the shared cache where there is one
    with django_assert_num_queries(8 + MORE):
        assert text_of(resident_client, URL).count("Leave the waitlist") == rows * rows + rows
    with django_assert_num_queries(8 + MORE):
        assert text_of(resident_client, "/permits/").count("<details id=") == rows * rows + rows
    offer = WaitlistOffer.objects.order_by("pk")[0]
    with django_assert_num_queries(8 + MORE):
        text_of(resident_client, reverse("waitlists:accept", args=[offer.code]))


def test_offer_of_a_closed_sale_is_refused_in_words(resident_client: Client, driver: User) -> None:
    offer = make_offer(user=driver)
    SalesWindow.objects.update(active=False)
    path = reverse("waitlists:accept", args=[offer.code])
    said = said_after(resident_client, path, vehicle=driver.vehicle_links.get().code)
    assert ("This permit is not on sale now." in said, make_user().permits.count()) == (True, 0)
