"""Reports about lots, permits and waitlists: exact figures, rows without any, too."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from opscom.lib.states import change_state
from permits.models import LotGroup, PermitNumber, PermitType
from tests.factories import (
    make_block,
    make_entry,
    make_lot,
    make_offer,
    make_permit,
    make_user,
    make_user_type,
    make_waitlist,
    make_window,
)
from tests.reporting import report_of

pytestmark = pytest.mark.django_db


def test_stock_has_each_type_with_what_is_sold_held_and_left() -> None:
    lot = make_lot(name="Yellow", spaces=10, position=1)
    window = make_window(lot)
    PermitType.objects.filter(pk=window.permit_type_id).update(name="Term")
    change_state(make_permit(window=window), "activate")
    make_permit(window=window)
    numbered = PermitType.objects.create(lot=lot, name="Tag", prefix="TG", numbered=True, allocation=4)
    for number, condition in (("1", "good"), ("2", "good"), ("3", "lost")):
        PermitNumber.objects.create(permit_type=numbered, number=number, condition=condition)
    PermitType.objects.create(lot=make_lot(name="Red", spaces=0, position=2), name="None", prefix="N")
    rows, totals = report_of("stock")
    assert rows == [
        ["Yellow", "Tag", 4, 0, 0, 2, 0, 2],
        ["Yellow", "Term", 10, 1, 1, None, None, 8],
        ["Red", "None", 0, 0, 0, None, None, 0],
    ]
    assert totals[3:7] == [1, 1, 2, 0]
    after = timezone.localdate() + timedelta(days=40)
    assert [row[3:5] for row in report_of("stock", last=str(after))[0]] == [[0, 0]] * 3


def test_occupancy_counts_what_is_sold_and_closed() -> None:
    lot = make_lot(name="Yellow", spaces=8, position=1)
    make_permit(window=make_window(lot))
    make_block(lot, 2)
    make_lot(name="Red", spaces=0, position=2)
    rows, totals = report_of("occupancy")
    assert rows == [["Yellow", 8, 3, 5, Decimal("37.5")], ["Red", 0, 0, 0, None]]
    assert totals[1:4] == [8, 3, 5]


def test_waitlist_turnover_counts_joining_and_each_way_out() -> None:
    waitlist, empty = make_waitlist(name="Yellow", position=1), make_waitlist(name="Red", position=2)
    now = timezone.now()
    taken = make_entry(waitlist, joined_at=now - timedelta(days=40))
    change_state(taken, "offer", at=now - timedelta(hours=1))
    change_state(taken, "take", at=now)
    for way in ("decline", "lapse"):
        entry = make_entry(waitlist, joined_at=now - timedelta(days=40))
        change_state(entry, "offer", at=now)
        change_state(entry, way, at=now)
    change_state(make_entry(waitlist), "leave", at=now)
    make_entry(waitlist)
    offered = make_offer(name="Green", position=3).entry.waitlist
    rows, totals = report_of("waitlist-turnover")
    assert rows == [
        [waitlist.name, 2, 0, 1, 1, 1, 1, Decimal("40.0"), 1],
        [empty.name, 0, 0, 0, 0, 0, 0, None, 0],
        [offered.name, 1, 1, 0, 0, 0, 0, None, 1],
    ]
    assert totals[8] == 2


def test_stock_and_occupancy_of_one_lot_or_group() -> None:
    north = LotGroup.objects.create(name="North")
    yellow, red = make_lot(name="Yellow", spaces=8, position=1), make_lot(name="Red", position=2, group=north)
    make_permit(window=make_window(yellow))
    make_window(red)
    assert [row[0] for row in report_of("stock", lot=str(red.pk))[0]] == ["Red"]
    assert report_of("stock", lot=str(yellow.pk))[1][3:5] == [0, 1]
    assert report_of("occupancy", lot=str(yellow.pk))[0] == [["Yellow", 8, 1, 7, Decimal("12.5")]]
    assert [row[0] for row in report_of("occupancy", group=str(north.pk))[0]] == ["Red"]


def test_turnover_of_one_waitlist_or_of_one_type_of_users() -> None:
    waitlist, other = make_waitlist(name="Yellow", position=1), make_waitlist(name="Red", position=2)
    student = make_user_type(name="Student")
    pupil, now = make_user(user_type=student), timezone.now()
    entry = make_entry(waitlist, pupil, joined_at=now - timedelta(days=40))
    change_state(entry, "offer", at=now)
    change_state(entry, "decline", at=now)
    make_entry(waitlist)
    make_entry(other, pupil)
    rows, _totals = report_of("waitlist-turnover", waitlist=str(waitlist.pk))
    assert rows == [[waitlist.name, 1, 0, 0, 1, 0, 0, None, 1]]
    rows, _totals = report_of("waitlist-turnover", user_type=str(student.pk))
    assert rows == [[waitlist.name, 0, 0, 0, 1, 0, 0, None, 0], [other.name, 1, 0, 0, 0, 0, 0, None, 1]]
