"""Many at once, on PostgreSQL; each with what happens without the lock."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from permits import capacity
from permits.models import Permit, Waitlist, WaitlistEntry, WaitlistOffer
from permits.services import reserve
from permits.services.waitlists import answering, ending, offering, queue
from permits.services.waitlists.answering import accept_offer, lapse_offer
from permits.services.waitlists.offering import sweep_offers
from tests.factories import make_entry, make_lot, make_offer, make_user, make_vehicle, make_waitlist, make_window
from tests.together import all_at_once, without_row_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def kinds(answers: Iterable[object]) -> Counter[str]:
    return Counter(type(answer).__name__ for answer in answers)


def acceptance(offer: WaitlistOffer) -> Callable[[], object]:
    user = offer.entry.user
    vehicles = [link.vehicle for link in user.vehicle_links.select_related("vehicle")]
    return partial(accept_offer, offer, user, vehicles=vehicles)


def queue_of(people: int, spaces: int) -> Waitlist:
    waitlist = make_waitlist(make_window(make_lot(spaces=spaces)))
    for _ in range(people):
        make_entry(waitlist)
    return waitlist


def test_sweeps_at_once_make_no_more_offers_than_places() -> None:
    queue_of(people=12, spaces=5)
    answers = all_at_once([sweep_offers] * 8)
    assert kinds(answers) == {"int": 8}
    assert (sum(answer for answer in answers if isinstance(answer, int)), WaitlistOffer.objects.count()) == (5, 5)
    assert WaitlistEntry.objects.filter(state="offered").count() == 5


def test_without_the_lock_more_is_offered_than_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: every sweep counts before any has written. Each has a person of its own, or one row's state would hide it."""
    waitlist, sweeps = queue_of(people=4, spaces=1), 4
    barrier, count = threading.Barrier(sweeps), capacity.occupancy
    own = iter(list(waitlist.entries.waiting()))

    def count_together(*args: object) -> object:
        shown = count(*args)  # type: ignore[arg-type]
        barrier.wait(20)
        return shown

    without_row_locks(monkeypatch)
    monkeypatch.setattr(offering, "occupancy", count_together)
    monkeypatch.setattr(offering, "may_have", lambda *args: WaitlistEntry.objects.filter(pk=next(own).pk))
    assert kinds(all_at_once([sweep_offers] * sweeps)) == {"int": sweeps}
    assert WaitlistOffer.objects.live().count() == sweeps > 1


def test_fifty_people_for_five_offered_places_are_five_permits() -> None:
    """Five have an offer; forty-five try the Permits page at the same moment."""
    waitlist = queue_of(people=5, spaces=5)
    assert sweep_offers() == 5
    window = waitlist.permit_types.get().windows.get()
    others = [(user, make_vehicle(user)) for user in (make_user() for _ in range(45))]
    jobs = [acceptance(offer) for offer in WaitlistOffer.objects.select_related("entry__user", "window")]
    jobs += [partial(reserve.reserve_permit, user, window=window, vehicles=[car]) for user, car in others]
    assert kinds(all_at_once(jobs)) == {"Permit": 5, "LotFull": 45}
    assert set(WaitlistOffer.objects.values_list("state", "permit__state")) == {("accepted", "held")}


def test_without_the_claim_one_offer_is_two_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: an offer that is only looked at, not locked and taken, lets its place be sold beside it."""
    offer = make_offer()
    user = make_user()
    monkeypatch.setattr(ending, "hold_for_offer", lambda *args, **kwargs: None)
    monkeypatch.setattr(reserve, "hold_for_offer", lambda *args, **kwargs: None)
    monkeypatch.setattr(reserve, "occupancy", lambda *args: type("Free", (), {"free": 1}))
    monkeypatch.setattr(queue, "waiting_for", lambda window, at: 0)
    other = partial(reserve.reserve_permit, user, window=offer.window, vehicles=[make_vehicle(user)])
    assert kinds(all_at_once([acceptance(offer), other])) == {"Permit": 2}
    assert Permit.objects.count() == 2 > offer.permit_type.lot.spaces


def test_one_offer_accepted_ten_times_at_once_is_one_permit() -> None:
    answers = all_at_once([acceptance(make_offer())] * 10)
    assert len({answer.pk for answer in answers if isinstance(answer, Permit)}) == 1
    assert (kinds(answers), Permit.objects.count()) == ({"Permit": 10}, 1)


def test_accept_against_lapse_has_one_winner() -> None:
    at = timezone.now()
    offer = make_offer(at=at)
    lapses = [partial(lapse_offer, offer.pk, at=at + timedelta(hours=49))] * 4
    jobs: list[Callable[[], Any]] = [acceptance(offer), *lapses]
    answers = all_at_once(jobs)
    offer.refresh_from_db()
    taken = kinds(answers[:1]) == {"Permit": 1}
    assert (offer.state, Permit.objects.count()) == (("accepted", 1) if taken else ("lapsed", 0))
    assert [answer for answer in answers[1:] if answer is True] == ([] if taken else [True])


def test_accept_against_lapse_without_the_lock_has_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: both look before either writes."""
    at, barrier = timezone.now(), threading.Barrier(2)
    offer = make_offer(at=at)
    judge = WaitlistOffer.is_over

    def judge_together(self: WaitlistOffer, moment: object) -> bool:
        over = judge(self, moment)  # type: ignore[arg-type]
        barrier.wait(20)
        return over

    without_row_locks(monkeypatch)
    monkeypatch.setattr(WaitlistOffer, "is_over", judge_together)
    jobs: list[Callable[[], Any]] = [
        acceptance(offer),
        partial(answering.lapse_offer, offer.pk, at=at + timedelta(hours=49)),
    ]
    answers = all_at_once(jobs)
    assert (kinds(answers), [answer for answer in answers if answer is True]) == ({"Permit": 1, "bool": 1}, [True])
