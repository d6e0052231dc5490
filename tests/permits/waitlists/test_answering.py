"""Accepting, declining, letting pass, and the clock."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Mail
from opscom.lib.dates import Period
from payments.services.attempts import resolve_payment
from permits.capacity import occupancy
from permits.errors import LotFull, PermitRefused
from permits.models import Permit, SalesWindow, WaitlistEntry, WaitlistOffer
from permits.services.cancel import cancel_permit
from permits.services.reserve import release_lapsed_holds
from permits.services.waitlists.answering import (
    accept_offer,
    decline_offer,
    extend_offer,
    snooze_offer,
    sweep_answers,
    withdraw_offer,
)
from permits.services.waitlists.offering import offer_place, sweep_offers
from permits.services.waitlists.queue import position_of
from tests.factories import make_checkout, make_entry, make_offer, make_permit, make_user, make_vehicle
from tests.payments.conftest import begin, pay_at_provider

pytestmark = pytest.mark.django_db


def accept(offer: WaitlistOffer, at: object = None) -> Permit:
    user = offer.entry.user
    vehicles = [link.vehicle for link in user.vehicle_links.select_related("vehicle")]
    return accept_offer(offer, user, vehicles=vehicles, at=at)  # type: ignore[arg-type]


def states(offer: WaitlistOffer) -> tuple[str, str]:
    offer = WaitlistOffer.objects.select_related("entry").get(pk=offer.pk)
    return offer.state, offer.entry.state


def pay(permit: Permit) -> None:
    attempt = begin(make_checkout([permit.charge], permit.holder))
    pay_at_provider(attempt)
    resolve_payment(attempt)


def free_in(window: SalesWindow) -> int:
    return occupancy(window.permit_type, Period(window.valid_from, window.valid_before)).free


def test_accept_holds_the_place_and_paying_gives_it() -> None:
    offer = make_offer()
    permit = accept(offer)
    assert (permit.state, states(offer), free_in(offer.window)) == ("held", ("accepted", "offered"), 0)
    assert accept(offer) == permit  # pressed twice
    pay(permit)
    permit.refresh_from_db()
    assert (permit.state, states(offer), free_in(offer.window)) == ("active", ("taken", "taken"), 0)
    assert Mail.objects.get(kind="waitlist_taken").subject == f"You got your place in {permit.lot.name}"


@pytest.mark.rule(11)
def test_offer_is_good_once_for_ever() -> None:
    """Bought and cancelled: the offer does not come back, and its space is free at once."""
    offer = make_offer()
    permit = accept(offer)
    pay(permit)
    permit.refresh_from_db()
    cancel_permit(permit, expected=permit.charge.amount, by=permit.holder)
    assert free_in(offer.window) == 1
    other = make_permit(make_user(), offer.window)
    with pytest.raises(PermitRefused, match="This offer is over") as refused:
        accept(offer)
    assert (refused.value.code, other.state, states(offer)) == ("over", "held", ("taken", "taken"))


def test_unpaid_hold_ends_the_offer_and_asks_the_next() -> None:
    offer, at = make_offer(), timezone.now()
    following = make_entry(offer.entry.waitlist)
    accept(offer, at)
    assert release_lapsed_holds(at=at + timedelta(hours=1)) == 1
    assert states(offer) == ("lapsed", "lapsed")
    assert sweep_offers(at=at + timedelta(hours=1)) == 1
    assert WaitlistOffer.objects.live().get().entry == following


def test_hold_given_up_declines_the_offer() -> None:
    offer = make_offer()
    permit = accept(offer)
    cancel_permit(permit, expected=0, by=permit.holder)  # type: ignore[arg-type]
    assert (states(offer), free_in(offer.window)) == (("declined", "declined"), 1)


def test_decline_asks_the_next_and_twice_is_once() -> None:
    offer = make_offer()
    make_entry(offer.entry.waitlist)
    decline_offer(offer, by=None)
    decline_offer(offer, by=None)
    assert (states(offer), sweep_offers()) == (("declined", "declined"), 1)
    with pytest.raises(PermitRefused, match="over already"):
        snooze_offer(offer, by=None)


def test_snooze_lets_the_next_go_and_comes_first_afterwards() -> None:
    offer = make_offer()
    waitlist = offer.entry.waitlist
    following = make_entry(waitlist)
    snooze_offer(offer, by=offer.entry.user)
    snooze_offer(offer, by=offer.entry.user)
    offer.entry.refresh_from_db()
    assert (states(offer), position_of(offer.entry), offer.entry.snoozes) == (("snoozed", "waiting"), 1, 1)
    assert sweep_offers() == 1
    assert WaitlistOffer.objects.live().get().entry == following
    lot = offer.window.permit_type.lot
    lot.spaces = 2
    lot.save()
    assert sweep_offers() == 1
    assert states(WaitlistOffer.objects.order_by("pk").last()) == ("open", "offered")  # type: ignore[arg-type]
    assert WaitlistOffer.objects.order_by("pk").last().entry == offer.entry  # type: ignore[union-attr]


def test_snoozed_alone_is_not_asked_again_and_stops_nobody() -> None:
    offer = make_offer()
    snooze_offer(offer, by=None)
    assert sweep_offers() == 0
    assert make_permit(make_user(), offer.window).state == "held"


def test_snooze_only_so_many_times() -> None:
    offer = make_offer(most_snoozes=0)
    with pytest.raises(PermitRefused, match="as often as this waitlist allows") as refused:
        snooze_offer(offer, by=None)
    assert (refused.value.code, states(offer)) == ("snoozes", ("open", "offered"))


def test_offer_of_somebody_else_is_refused() -> None:
    offer, other = make_offer(), make_user()
    with pytest.raises(PermitRefused) as refused:
        accept_offer(offer, other, vehicles=[make_vehicle(other)])
    assert (refused.value.code, states(offer), Permit.objects.count()) == ("not-yours", ("open", "offered"), 0)


def test_unanswered_offer_lapses_and_the_next_is_asked() -> None:
    at = timezone.now()
    offer = make_offer(at=at)
    following = make_entry(offer.entry.waitlist)
    sweep_answers(at=at + timedelta(hours=47))
    assert states(offer) == ("open", "offered")
    late = at + timedelta(hours=48)
    with pytest.raises(PermitRefused, match="This offer is over"):
        accept(offer, late)
    sweep_answers(at=late)
    assert (states(offer), sweep_offers(at=late)) == (("lapsed", "lapsed"), 1)
    assert WaitlistOffer.objects.live().get().entry == following
    assert Mail.objects.filter(kind="waitlist_lapsed").count() == 1


@pytest.mark.rule(15)
def test_time_runs_from_when_the_mail_left_and_refused_mail_is_sent_again() -> None:
    at = timezone.now()
    offer = make_offer(at=at)
    WaitlistOffer.objects.update(mailed_at=None)
    Mail.objects.filter(kind="waitlist_offer").update(state="failed", next_try_at=at)
    sweep_answers(at=at + timedelta(hours=60))
    mail = Mail.objects.get(kind="waitlist_offer")
    assert (states(offer), mail.state) == (("open", "offered"), "queued")
    left = at + timedelta(hours=61)
    Mail.objects.filter(pk=mail.pk).update(state="sent", sent_at=left)
    sweep_answers(at=left)
    offer.refresh_from_db()
    assert (offer.mailed_at, offer.expires_at) == (left, left + timedelta(hours=48))


def test_reminder_leaves_once_when_a_third_of_the_time_is_left() -> None:
    at = timezone.now()
    make_offer(at=at)
    for hours, sent in ((31, 0), (32, 1), (40, 1)):
        sweep_answers(at=at + timedelta(hours=hours))
        assert Mail.objects.filter(kind="waitlist_reminder").count() == sent


@pytest.mark.rule(13)
def test_offer_ends_with_the_sale_and_the_place_in_the_queue_stays() -> None:
    offer = make_offer()
    SalesWindow.objects.update(active=False)
    with pytest.raises(PermitRefused, match="not on sale"):
        accept(offer)
    sweep_answers()
    assert (states(offer), position_of(offer.entry)) == (("withdrawn", "waiting"), 1)
    assert "keep your place in the queue" in Mail.objects.get(kind="waitlist_lapsed").text


def test_staff_extend_withdraw_and_offer_out_of_order() -> None:
    clerk, at = make_user(is_staff=True), timezone.now()
    offer = make_offer(at=at)
    ahead, behind = make_entry(offer.entry.waitlist), make_entry(offer.entry.waitlist)
    extend_offer(offer, hours=24, by=clerk, reason="Away", at=at)
    offer.refresh_from_db()
    assert offer.expires_at == at + timedelta(hours=72)
    with pytest.raises(LotFull):
        offer_place(behind, offer.window, by=clerk, reason="Hardship")
    withdraw_offer(offer, by=clerk, reason="Wrong lot")
    assert states(offer) == ("withdrawn", "waiting")
    made = offer_place(behind, offer.window, by=clerk, reason="Hardship")
    assert (made.events.get().reason, made.events.get().by) == ("Hardship", clerk)
    assert WaitlistEntry.objects.get(pk=ahead.pk).state == "waiting"
    with pytest.raises(PermitRefused, match="does not wait"):
        offer_place(made.entry, offer.window, by=clerk, reason="Twice")


def test_capacity_cut_below_does_not_take_an_offer_away() -> None:
    """What is promised stays: the lot is oversold then, and says so (RULES 16)."""
    offer = make_offer()
    lot = offer.window.permit_type.lot
    lot.spaces = 0
    lot.save()
    assert accept(offer).state == "held"
