"""Lost privileges: no permit for some months or for good, said with reason and end, and lifted."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Mail, User
from permits.errors import PermitRefused
from permits.models import Permit, PermitBan
from permits.services import creation
from permits.services.bans import ban_person, lift_ban, tell_of_ends
from permits.services.conflicts import lock_person
from permits.services.standing import explain_sale
from tests.factories import change_office, make_ban, make_lot, make_permit, make_user, make_vehicle, make_window

pytestmark = pytest.mark.django_db
NOW, DAY = datetime(2026, 11, 30, 17, tzinfo=UTC), timedelta(days=1)


def test_no_permit_is_sold_until_its_end_and_what_was_sold_goes_on(staff: User) -> None:
    user = make_user()
    before = make_permit(user)
    Permit.objects.filter(pk=before.pk).update(state=Permit.State.ACTIVE)
    ban_person(user, reason="Forged permit", months=3, by=staff, at=NOW)
    last = NOW + 90 * DAY
    window = make_window(at=last)
    with pytest.raises(PermitRefused) as refusal:
        make_permit(user, window, at=last - DAY)
    assert str(refusal.value) == "The office gives you no permit before Feb. 28, 2027: Forged permit"
    assert make_permit(user, window, at=last).state == Permit.State.HELD
    before.refresh_from_db()
    assert before.state == Permit.State.ACTIVE
    assert make_permit(make_user(), window, at=last - DAY).state == Permit.State.HELD


def test_each_time_lasts_longer_and_what_was_lifted_does_not_count(staff: User) -> None:
    change_office(ban_months="3, 6, 0")
    user, at, ends = make_user(), NOW, []
    lift_ban(ban_person(user, reason="A mistake", by=staff, at=at - DAY), by=staff, at=at)
    for _time in range(3):
        ban = ban_person(user, reason="Again", by=staff, at=at)
        ends.append(ban.ends_before)
        with pytest.raises(PermitRefused):
            ban_person(user, reason="Twice", by=staff, at=at)
        at += 200 * DAY
    assert ends == [date(2027, 2, 28), date(2027, 12, 18), None]
    with pytest.raises(PermitRefused, match="no permit any more: Again"):
        make_permit(user, make_window(at=at), at=at)


def test_what_is_taken_while_the_buyer_waits_for_the_lock_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    def lock(pk: int) -> User:
        make_ban(User.objects.get(pk=pk), reason="Forged permit")
        return lock_person(pk)

    monkeypatch.setattr(creation, "lock_person", lock)
    with pytest.raises(PermitRefused, match="Forged permit"):
        make_permit(make_user())


def test_staff_take_and_lift_privileges_and_read_why_nothing_is_sold(staff_client: Client) -> None:
    user, lot = make_user(permit_disclaimer_at=NOW), make_lot()
    make_vehicle(user)
    make_window(lot)
    form = {"user": user.pk, "months": "0", "reason": "Forged permit"}
    assert staff_client.post(reverse("admin:permits_permitban_add"), form).status_code == 302
    ban = PermitBan.objects.get()
    assert (ban.ends_before, ban.reason) == (None, "Forged permit")
    reasons = [(reason.code, reason.row) for reason in explain_sale(user, lot).reasons]
    assert reasons == [("banned", ban)]
    row = reverse("admin:permits_permitban_change", args=[ban.pk])
    assert 'name="_save"' not in staff_client.get(row).content.decode()
    assert staff_client.post(row, {"_save": "Save"}).status_code == 403
    page = reverse("admin:permits_permitban_changelist")
    assert listed(staff_client, page) == {"": 1, "yes": 1, "no": 0}
    assert "never again" in staff_client.get(page).content.decode()
    staff_client.post(page, {"action": "lift", "_selected_action": [ban.pk]})
    ban.refresh_from_db()
    assert ban.lifted_at is not None
    assert listed(staff_client, page) == {"": 1, "yes": 0, "no": 1}
    assert [reason.code for reason in explain_sale(user, lot).reasons] == []


def test_who_loses_privileges_reads_why_until_when_and_what_can_be_done(staff: User) -> None:
    change_office(phone="519-555-0100", email="parking@example.test")
    user, for_good = make_user(), make_user()
    ban_person(user, reason="Forged permit", months=3, by=staff, at=NOW)
    ban_person(for_good, reason="Forged twice", months=0, by=staff, at=NOW)
    mail, other = Mail.objects.filter(kind="privileges_lost").order_by("pk")
    assert (mail.user, mail.subject) == (user, "No parking permit before Feb. 28, 2027")
    for words in (
        "before Sunday, Feb. 28, 2027",
        "The reason: Forged permit",
        "hold until they end",
        "519-555-0100, parking@example.test",
    ):
        assert words in mail.text
    assert (other.user, other.subject) == (for_good, "No parking permit any more")
    assert "The reason: Forged twice" in other.text


def test_who_gets_permits_again_is_told_once(staff: User) -> None:
    told = Mail.objects.filter(kind="privileges_back")
    waits, mistake, closed = make_user(), make_user(), make_user()
    for user in (waits, mistake, closed):
        ban_person(user, reason="Forged permit", months=3, by=staff, at=NOW)
    User.objects.filter(pk=closed.pk).update(is_active=False)
    ban = PermitBan.objects.get(user=mistake)
    lift_ban(ban, by=staff, at=NOW + DAY)
    lift_ban(ban, by=staff, at=NOW + DAY)
    assert [mail.user for mail in told.all()] == [mistake]
    end = NOW + 90 * DAY
    assert [tell_of_ends(at=at) for at in (end - DAY, end, end + DAY)] == [0, 1, 0]
    assert {mail.user for mail in told.all()} == {mistake, waits}
    lift_ban(PermitBan.objects.get(user=waits), by=staff, at=end + DAY)  # over already: nothing is new
    assert told.count() == 2


def test_who_has_lost_them_for_something_else_too_is_not_told_otherwise(staff: User) -> None:
    user = make_user()
    ban = ban_person(user, reason="Forged permit", months=3, by=staff, at=NOW)
    other = make_ban(user, reason="Abuse")  # of an account that was merged into this one
    assert tell_of_ends(at=NOW + 90 * DAY) == 0
    lift_ban(ban, by=staff, at=NOW + DAY)
    assert not Mail.objects.filter(kind="privileges_back").exists()
    lift_ban(other, by=staff)
    assert Mail.objects.get(kind="privileges_back").user == user


def test_pages_of_lots_say_it_before_anything_is_chosen(resident_client: Client, resident: User) -> None:
    User.objects.filter(pk=resident.pk).update(permit_disclaimer_at=NOW)
    make_vehicle(resident)
    make_ban(resident, reason="Forged permit")
    for page in ("permits:list", "permits:temporary"):
        text = resident_client.get(reverse(page)).content.decode()
        assert "The office gives you no permit any more: Forged permit" in text
    PermitBan.objects.update(lifted_at=NOW)
    for page in ("permits:list", "permits:temporary"):
        assert "gives you no permit" not in resident_client.get(reverse(page)).content.decode()


def listed(client: Client, page: str) -> dict[str, int]:
    """How many rows the list has with each value of its filter."""
    counts = ("", "yes", "no")
    return {
        value: client.get(page, {"in_force": value} if value else {}).context["cl"].result_count for value in counts
    }
