"""Deadlines in business days, and lists that are emptied once a year."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts.models import Mail, User
from opscom.lib.append_only import rewriting_history
from permits.errors import PermitRefused
from permits.models import Waitlist, WaitlistEntry, WaitlistOffer
from permits.services.waitlists import emptying
from permits.services.waitlists.answering import extend_offer, snooze_offer, sweep_answers, withdraw_offer
from permits.services.waitlists.emptying import empty_lists
from permits.services.waitlists.offering import offer_places
from permits.services.waitlists.places import list_places
from permits.services.waitlists.staff import put_back
from tests.factories import change_office, make_entry, make_lot, make_offer, make_user, make_waitlist, make_window
from violations.models import ClosedDay

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
FRIDAY = datetime(2026, 12, 4, 15, tzinfo=UTC)
DUE = datetime(2026, 4, 30, 15, tzinfo=UTC)


def test_weekends_and_closed_days_give_no_time_to_answer() -> None:
    ClosedDay.objects.create(day=date(2026, 12, 7))
    offer = make_offer(make_window(make_lot(spaces=1), at=FRIDAY), at=FRIDAY, business_days=True, offer_hours=24)
    assert offer.expires_at == FRIDAY + 4 * DAY
    Mail.objects.filter(kind="waitlist_offer").update(state="sent", sent_at=FRIDAY + timedelta(hours=2))
    WaitlistOffer.objects.update(mailed_at=None)
    sweep_answers(at=FRIDAY + DAY)
    offer.refresh_from_db()
    assert offer.expires_at == FRIDAY + 4 * DAY + timedelta(hours=2)  # from when the e-mail left
    sweep_answers(at=FRIDAY + 4 * DAY)
    sweep_answers(at=FRIDAY + 5 * DAY)
    offer.refresh_from_db()
    assert offer.state == "lapsed"


@pytest.mark.parametrize(("counts", "obstacle"), [(False, ""), (True, "too-late")])
def test_offer_is_not_made_where_the_sale_ends_before_it_is_to_be_answered(counts: bool, obstacle: str) -> None:
    window = make_window(make_lot(spaces=1), at=FRIDAY)
    window.sale_ends = FRIDAY + 2 * DAY
    window.save()
    waitlist = make_waitlist(window, business_days=counts, offer_hours=24)
    make_entry(waitlist)
    assert [place.obstacle for place in list_places(waitlist, FRIDAY)] == [obstacle]
    assert offer_places(waitlist, at=FRIDAY) == (0 if obstacle else 1)


def test_list_is_emptied_at_the_end_of_its_day_after_a_notice() -> None:
    waitlist = make_waitlist(emptied_on="04-30", notice_days=10)
    kept = make_entry(make_waitlist())
    entry = make_entry(waitlist, joined_at=DUE - 40 * DAY)
    offered = make_entry(waitlist, joined_at=DUE - 40 * DAY)
    WaitlistEntry.objects.filter(pk=offered.pk).update(state="offered")
    told = Mail.objects.filter(kind="waitlist_emptied").order_by("pk")
    assert [empty_lists(at=DUE - 11 * DAY), told.count()] == [0, 0]
    assert [empty_lists(at=DUE - 10 * DAY), empty_lists(at=DUE), told.count()] == [0, 0, 1]
    late = make_entry(waitlist, joined_at=DUE + DAY)
    assert [empty_lists(at=DUE + DAY), empty_lists(at=DUE + 2 * DAY)] == [1, 0]
    states = dict(WaitlistEntry.objects.values_list("pk", "state"))
    expected = {entry: "left", offered: "offered", late: "waiting", kept: "waiting"}
    assert states == {row.pk: state for row, state in expected.items()}
    assert [(mail.user, mail.subject) for mail in told.all()] == [
        (entry.user, f"{waitlist.name}: the waitlist ends on April 30"),
        (entry.user, f"{waitlist.name}: the waitlist was emptied"),
    ]
    assert "at the end of Thursday, April 30, 2026" in told[0].text
    assert entry.events.get().reason == "the list was emptied"


def test_whom_staff_put_back_stays_until_the_next_year() -> None:
    entry = make_entry(make_waitlist(emptied_on="04-30"), joined_at=DUE - DAY)
    assert [empty_lists(at=DUE + n * DAY) for n in (-1, 1)] == [0, 1]
    put_back(entry, by=make_user(is_staff=True), reason="Hardship")
    assert [empty_lists(at=DUE + n * DAY) for n in (1, 2, 364, 366)] == [0, 0, 0, 1]


@pytest.mark.parametrize("days", [1, 3, 60])
def test_day_that_was_not_announced_empties_nothing(days: int) -> None:
    waitlist = make_waitlist(emptied_on="04-30")
    make_entry(waitlist, joined_at=DUE - DAY)
    assert empty_lists(at=DUE + days * DAY) == 0


def test_day_that_is_moved_later_empties_the_list_once_a_year() -> None:
    waitlist = make_waitlist(emptied_on="04-30")
    assert [empty_lists(at=DUE + n * DAY) for n in (-1, 1)] == [0, 0]
    make_entry(waitlist, joined_at=DUE + 2 * DAY)
    Waitlist.objects.update(emptied_on="05-04")
    assert empty_lists(at=DUE + 6 * DAY) == 0


def test_long_list_is_emptied_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emptying, "AT_ONCE", 2)
    waitlist = make_waitlist(emptied_on="04-30")
    for _n in range(5):
        make_entry(waitlist, joined_at=DUE - DAY)
    assert [empty_lists(at=DUE + n * DAY) for n in (-1, 1, 1)] == [0, 5, 0]
    assert Mail.objects.filter(kind="waitlist_emptied").count() == 10


def test_list_that_goes_wrong_keeps_none_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    lists = [make_waitlist(emptied_on="04-30") for _twice in range(2)]
    for waitlist in lists:
        make_entry(waitlist, joined_at=DUE - DAY)
    empty_lists(at=DUE)
    empty = emptying._empty_some

    def breaks(pk: int, *given: Any) -> int:
        if pk == lists[0].pk:
            raise RuntimeError("broken")
        return empty(pk, *given)

    monkeypatch.setattr(emptying, "_empty_some", breaks)
    assert empty_lists(at=DUE + DAY) == 1


def test_office_without_waitlists_empties_none() -> None:
    make_entry(make_waitlist(emptied_on="04-30"), joined_at=DUE - DAY)
    empty_lists(at=DUE)
    change_office(waitlists_enabled=False)
    assert empty_lists(at=DUE + DAY) == 0


def test_who_had_an_offer_then_has_no_place_to_go_back_to(staff: User) -> None:
    window = make_window(make_lot(spaces=2), at=DUE)
    waitlist = make_waitlist(window, emptied_on="04-30", offer_hours=96)
    offers = [make_offer(window, at=DUE - timedelta(hours=n)) for n in (2, 1)]
    empty_lists(at=DUE)
    empty_lists(at=DUE + DAY)
    with pytest.raises(PermitRefused) as refusal:
        snooze_offer(offers[0], by=None, at=DUE + DAY)
    assert refusal.value.code == "emptied"
    withdraw_offer(offers[1], by=staff, reason="Building works", at=DUE + DAY)
    entry = WaitlistEntry.objects.get(pk=offers[1].entry_id)
    assert (entry.state, Mail.objects.get(kind="waitlist_emptied").user) == ("left", entry.user)
    again = put_back(entry, by=staff, reason="Hardship", at=DUE + 2 * DAY)
    assert offer_places(waitlist, at=DUE + 2 * DAY) == 1
    withdraw_offer(again.offers.get(state="open"), by=staff, reason="Building works", at=DUE + 2 * DAY)
    assert WaitlistEntry.objects.get(pk=entry.pk).state == "waiting"


def test_more_hours_are_hours_of_business_days() -> None:
    offer = make_offer(make_window(make_lot(spaces=1), at=FRIDAY), at=FRIDAY, business_days=True, offer_hours=2)
    extend_offer(offer, hours=24, by=make_user(is_staff=True), reason="Away", at=FRIDAY)
    offer.refresh_from_db()
    assert offer.expires_at == FRIDAY + 3 * DAY + timedelta(hours=2)


@pytest.mark.parametrize("wrong", ["02-29", "13-01", "4-30", "April", "W18-3", "W01"])
def test_day_that_not_every_year_has_is_refused(wrong: str) -> None:
    waitlist = Waitlist(name="Red zone", emptied_on=wrong)
    with pytest.raises(ValidationError) as refused:
        waitlist.clean_fields()
    assert set(refused.value.message_dict) == {"emptied_on"}


def test_who_waits_reads_both(resident_client: Client, resident: User) -> None:
    window = make_window(make_lot(spaces=0))
    User.objects.filter(pk=resident.pk).update(permit_disclaimer_at=DUE)
    waitlist = make_waitlist(window, emptied_on="04-30", business_days=True)
    entry = make_entry(waitlist, resident)
    said = "The office empties the list each year at the end of April 30."
    assert said in resident_client.get(reverse("waitlists:list")).content.decode()
    with rewriting_history():
        entry.delete()
    page = resident_client.get(reverse("permits:list")).content.decode()
    assert said in page
    assert "Weekends and days on which the office is closed do not count." in page
