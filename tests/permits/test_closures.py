"""Closures: what they take, who reads of them, and who is written to."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Mail
from opscom.lib.dates import start_of_day, today
from permits.errors import LotFull, PermitRefused
from permits.models import Lot, LotBlock, Permit
from permits.services import closures
from permits.services.closures import announce_closure, due_closures, preview_closure, save_closure, write_notices
from permits.tasks import write_closure_notices
from tests.conftest import sign_in
from tests.factories import change_office, make_block, make_lot, make_permit, make_user, make_vehicle, make_window

DAY = timedelta(days=1)


def sold(lot: Lot, n: int, **window: Any) -> list[Permit]:
    """So many paid permits of one window."""
    on_sale = make_window(lot, **window)
    permits = [make_permit(window=on_sale) for _ in range(n)]
    Permit.objects.filter(pk__in=[permit.pk for permit in permits]).update(state="active", held_until=None)
    return permits


def closure(lot: Lot, **fields: Any) -> LotBlock:
    return make_block(lot, starts_on=today() + 2 * DAY, days=1, public_text="Repaving", notify=True, **fields)


def test_a_closure_of_the_whole_lot_stops_the_sale_and_one_of_none_does_not(db: None) -> None:
    lot = make_lot(spaces=3)
    window = make_window(lot)
    block = make_block(lot, 0)
    make_permit(window=window)
    LotBlock.objects.filter(pk=block.pk).update(spaces=None)
    with pytest.raises(LotFull):
        make_permit(window=window)


def test_preview_counts_people_once_and_says_what_is_oversold(db: None) -> None:
    lot = make_lot(spaces=4)
    first, second, third = sold(lot, 3)
    (again,) = sold(lot, 1)
    Permit.objects.filter(pk=again.pk).update(holder=first.holder)
    Permit.objects.filter(pk=second.pk).update(valid_before=today() + 2 * DAY)  # ends as it begins
    Permit.objects.filter(pk=third.pk).update(state="held")  # nobody has paid it
    found = preview_closure(closure(lot, spaces=2))
    assert (found.people, found.permits, found.fullest.taken, found.too_many) == (1, 2, 4, 0)
    found = preview_closure(closure(lot))
    assert (found.fullest.taken, found.too_many) == (8, 4)
    assert Permit.objects.filter(state="cancelled").count() == 0


def test_a_permit_of_hours_is_affected_by_its_hours(db: None) -> None:
    lot = make_lot()
    (permit,) = sold(lot, 1)
    noon = start_of_day(today()) + timedelta(hours=12)
    Permit.objects.filter(pk=permit.pk).update(starts_at=noon, ends_at=noon + timedelta(hours=2))
    evening = make_block(lot, starts_at=noon + timedelta(hours=2), ends_at=noon + timedelta(hours=5))
    lunch = make_block(lot, starts_at=noon + timedelta(hours=1), ends_at=noon + timedelta(hours=5))
    assert [preview_closure(block).permits for block in (evening, lunch)] == [0, 1]


def test_everybody_is_written_to_once_in_batches_and_again_when_it_moves(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closures, "AT_ONCE", 2)
    lot = make_lot(name="Orchard")
    people = sorted(permit.holder.email for permit in sold(lot, 3))
    block = closure(lot)
    assert due_closures() == []
    announce_closure(block)
    assert due_closures() == [block.pk]
    assert [write_notices(block.pk) for _ in range(3)] == [True, False, False]
    assert sorted(Mail.objects.values_list("to", flat=True)) == people
    mail = Mail.objects.earliest("pk")
    assert ("Orchard: closure or event on" in mail.subject, "Repaving" in mail.text) == (True, True)
    announce_closure(block)
    assert (due_closures(), Mail.objects.count()) == ([], 3)

    block.refresh_from_db()
    save_closure(block)
    assert due_closures() == []
    block.ends_at += DAY
    save_closure(block, moved=True)
    assert due_closures() == []
    announce_closure(block)
    while write_notices(block.pk):
        pass
    assert Mail.objects.count() == 6


def test_what_is_over_is_not_announced(db: None) -> None:
    block = make_block(make_lot(), starts_on=today() - 2 * DAY, days=1)
    with pytest.raises(PermitRefused):
        announce_closure(block)
    assert Mail.objects.count() == 0


def test_the_card_and_the_permit_tell_of_it_some_days_before(client: Client, db: None) -> None:
    lot = make_lot()
    (permit,) = sold(lot, 1)
    user = permit.holder
    user.permit_disclaimer_at = timezone.now()
    user.save()
    sign_in(client, user)
    block = closure(lot)
    pages = ("/permits/", f"/lots/{lot.code}/", reverse("permits:detail", args=[permit.code]))
    assert ["Repaving" in client.get(page).content.decode() for page in pages] == [True, True, True]
    LotBlock.objects.update(public_text="", public_text_en="", public_text_fr="Repavage")
    assert ["Repavage" in client.get(page).content.decode() for page in pages] == [True, True, True]
    change_office(closure_days=1)
    assert ["Repavage" in client.get(page).content.decode() for page in pages] == [False, False, False]
    assert block.spaces is None


def test_another_lots_closure_is_not_told(client: Client, db: None) -> None:
    user = make_user(permit_disclaimer_at=timezone.now())
    make_vehicle(user)
    sign_in(client, user)
    lot = make_lot()
    closure(make_lot(visibility="hidden"))
    assert "Repaving" not in client.get(f"/lots/{lot.code}/").content.decode()


def form_of(lot: Lot, **changes: str) -> dict[str, Any]:
    return {
        "lot": lot.pk,
        "reason": "Works",
        "starts_at_0": "2027-03-20",
        "starts_at_1": "08:00:00",
        "ends_at_0": "2027-03-20",
        "ends_at_1": "18:00:00",
        "public_text_en": "Repaving",
        "notify": "on",
    } | changes


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ends_at_1": "08:00:00"}, "It ends after it starts."),
        ({"starts_at_0": "2027-03-14", "starts_at_1": "02:30:00"}, "couldn’t be interpreted in time zone"),
    ],
    ids=["backward", "an hour that the clocks leave out"],
)
def test_bad_moments_are_refused(staff_client: Client, changes: dict[str, str], said: str) -> None:
    answer = staff_client.post(reverse("admin:permits_lotblock_add"), form_of(make_lot(), **changes))
    page = answer.content.decode().replace("&#x27;", "’")
    assert (answer.status_code, said in page, LotBlock.objects.count()) == (200, True, 0)


def test_the_office_looks_before_anybody_is_written_to(staff_client: Client) -> None:
    lot = make_lot(spaces=1)
    sold(lot, 1, valid_before=today() + 300 * DAY)
    answer = staff_client.post(reverse("admin:permits_lotblock_add"), form_of(lot))
    block = LotBlock.objects.get()
    url = reverse("admin:permits_lotblock_announce", args=[block.pk])
    assert answer.headers["Location"] == url
    page = staff_client.get(url).content.decode()
    assert ("Write to 1 person" in page, "OVERSOLD by 1" in page, Mail.objects.count()) == (True, True, 0)
    staff_client.post(url)
    write_notices(block.pk)
    changed = form_of(lot, reason="Works in row C")
    staff_client.post(reverse("admin:permits_lotblock_change", args=[block.pk]), changed)
    block.refresh_from_db()
    assert (Mail.objects.count(), block.notified_at is not None, block.reason) == (1, True, "Works in row C")
    moved = form_of(lot, ends_at_1="20:00:00")
    answer = staff_client.post(reverse("admin:permits_lotblock_change", args=[block.pk]), moved)
    block.refresh_from_db()
    assert (answer.headers["Location"], block.announced_at) == (url, None)


def test_called_off_it_frees_its_spaces_and_those_hear_of_it_who_were_told(staff_client: Client) -> None:
    lot = make_lot(name="Orchard", spaces=4)
    told = sorted(permit.holder.email for permit in sold(lot, 2))
    block = closure(lot)
    announce_closure(block)
    write_notices(block.pk)
    LotBlock.objects.update(spaces=0)
    sold(lot, 1)  # bought afterwards, so nobody wrote to them
    LotBlock.objects.update(spaces=None)
    page, chosen = reverse("admin:permits_lotblock_changelist"), {"action": "call_off", "_selected_action": block.pk}
    assert staff_client.post(reverse("admin:permits_lotblock_delete", args=[block.pk])).status_code == 403
    for said in ("Orchard: Works is called off.", "There is nothing to call off."):
        assert said in staff_client.post(page, chosen, follow=True).content.decode()
    assert preview_closure(LotBlock.objects.select_related("lot").get()).fullest.taken == 3
    assert due_closures() == [block.pk]
    write_closure_notices(block_id=block.pk)
    assert due_closures() == []
    mails = Mail.objects.filter(kind="closure_off")
    assert sorted(mails.values_list("to", flat=True)) == told
    assert "Park there as usual" in mails[0].text
    with pytest.raises(PermitRefused):
        announce_closure(block)
