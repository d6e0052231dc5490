"""Lockers in the office."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from auditlog.models import LogEntry
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from accounts.models import Mail, User
from lockers.models import CombinationView, Locker, LockerSite, LockerTerm
from opscom.lib.dates import today
from tests.factories import hold_locker, make_locker, make_locker_term


@pytest.fixture
def locker(db: None) -> Locker:
    site = LockerSite.objects.create(name="Athletics Centre")
    return Locker.objects.create(site=LockerSite.objects.create(name="Level 1", parent=site), number="114")


@pytest.mark.parametrize(
    ("first", "before", "message"),
    [
        ("2026-12-31", "2027-04-30", ""),
        ("2026-01-01", "2026-09-01", ""),
        ("2026-12-30", "2027-04-30", "has this locker from"),
        ("2026-01-01", "2026-09-02", "has this locker from"),
        ("2027-05-01", "2027-05-01", "A term ends after the day on which it starts."),
    ],
)
def test_term_is_for_one_person_at_a_time(
    staff_client: Client, resident: User, locker: Locker, first: str, before: str, message: str
) -> None:
    LockerTerm.objects.create(locker=locker, user=resident, starts_on=date(2026, 9, 1), ends_before=date(2026, 12, 31))
    answer = staff_client.post(
        reverse("admin:lockers_lockerterm_add"),
        {"locker": locker.pk, "user": resident.pk, "starts_on": first, "ends_before": before},
    )
    assert (answer.status_code, LockerTerm.objects.count()) == ((200, 1) if message else (302, 2))
    assert message in answer.content.decode()


def test_site_does_not_lie_within_itself(staff_client: Client, locker: Locker) -> None:
    top = LockerSite.objects.get(parent=None)
    answer = staff_client.post(
        reverse("admin:lockers_lockersite_change", args=[top.pk]), {"name": top.name, "parent": locker.site_id}
    )
    assert (answer.status_code, "A site cannot lie within itself." in answer.content.decode()) == (200, True)


@pytest.mark.parametrize("model", ["locker", "lockersite", "lockerterm"])
def test_lists_open(staff_client: Client, locker: Locker, model: str) -> None:
    assert staff_client.get(reverse(f"admin:lockers_{model}_changelist"), {"q": "114"}).status_code == 200


def text_of(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]


def test_site_list_says_where_a_value_comes_from(staff_client: Client, locker: Locker) -> None:
    LockerSite.objects.filter(parent=None).update(price=Decimal("40.00"), size="Tall", visibility="hidden")
    make_locker_term(locker=locker)
    Locker.objects.create(site=locker.site, number="115", condition="broken")
    page = BeautifulSoup(text_of(staff_client.get(reverse("admin:lockers_lockersite_changelist"))), "html.parser")
    rows = [[cell.get_text() for cell in row.select("th, td")[1:]] for row in page.select("#result_list tbody tr")]
    assert rows == [
        ["Athletics Centre", "$40.00", "Tall", "Hidden", "–", "1 / 2", "1"],
        [
            "Athletics Centre › Level 1",
            "$40.00 (from Athletics Centre)",
            "Tall (from Athletics Centre)",
            "Hidden (from Athletics Centre)",
            "–",
            "1 / 2",
            "1",
        ],
    ]
    assert "(from Athletics Centre)" in text_of(
        staff_client.get(reverse("admin:lockers_lockersite_change", args=[locker.site_id]))
    )


def test_range_adds_what_is_not_there(staff_client: Client, locker: Locker) -> None:
    address = reverse("admin:lockers_locker_range")
    assert staff_client.get(address).status_code == 200
    data = {"site": locker.site_id, "first": 112, "last": 115, "digits": 3, "before": "", "after": "", "size": "Tall"}
    assert "comes after the first" in text_of(staff_client.post(address, data | {"last": 1}))
    looked = BeautifulSoup(staff_client.post(address, data).content, "html.parser")
    preview = [[cell.get_text() for cell in row.select("th, td")] for row in looked.select("[role=status] tr")]
    assert preview == [["First", "112"], ["Last", "115"], ["New", "3"], ["There already", "1: 114"]]
    assert Locker.objects.count() == 1
    staff_client.post(address, data | {"add": "1"})
    assert list(Locker.objects.order_by("number").values_list("number", "size")) == [
        ("112", "Tall"),
        ("113", "Tall"),
        ("114", ""),
        ("115", "Tall"),
    ]


def test_range_just_made_is_taken_back_as_long_as_nobody_has_one_of_it(staff_client: Client, locker: Locker) -> None:
    listed, back = reverse("admin:lockers_locker_changelist"), reverse("admin:lockers_locker_take_back")
    data = {"site": locker.site_id, "first": 200, "last": 203, "digits": 3, "before": "", "after": "", "size": ""}
    assert "Take them back" not in text_of(staff_client.get(listed))
    staff_client.post(reverse("admin:lockers_locker_range"), data | {"add": "1"})
    assert "You just added 4." in text_of(staff_client.get(listed))
    term = make_locker_term(locker=Locker.objects.get(number="201"))
    refused = text_of(staff_client.post(back, follow=True))
    assert ("Nothing is taken back: some are used already" in refused, Locker.objects.count()) == (True, 5)
    LockerTerm.objects.filter(pk=term.pk).delete()
    assert "4 are taken back." in text_of(staff_client.post(back, follow=True))
    assert list(Locker.objects.all()) == [locker]
    assert LogEntry.objects.get_for_model(Locker).filter(action=LogEntry.Action.DELETE).count() == 4
    assert "0 are taken back." in text_of(staff_client.post(back, follow=True))
    assert staff_client.get(back).status_code == 405


def test_combination_page_keeps_shows_and_writes_down(staff_client: Client, staff: User, locker: Locker) -> None:
    address = reverse("admin:lockers_locker_combination", args=[locker.pk])
    staff_client.post(address, {"keep": "1", "combinations": " 12-34-56 \n\n65-43-21"})
    page = text_of(staff_client.get(address))
    assert ("2 combinations are kept" in page, "12-34-56" in page) == (True, False)
    assert "12-34-56" in text_of(staff_client.post(address, {"show": "1"}))
    looks = CombinationView.objects.all()
    assert [(look.locker, look.by, look.term) for look in looks] == [(locker, staff, None)]
    Locker.objects.update(to_change=True)
    staff_client.post(address, {"changed": "1"})
    assert "65-43-21" in text_of(staff_client.post(address, {"show": "1"}))


def test_term_is_moved_and_ended_with_a_reason(staff_client: Client, locker: Locker) -> None:
    term, other = make_locker_term(locker=locker), make_locker()
    move = reverse("admin:lockers_lockerterm_move", args=[term.pk])
    assert "Say why" in text_of(staff_client.post(move, {"locker": other.pk}))
    staff_client.post(move, {"locker": other.pk, "reason": "Water damage"})
    new = LockerTerm.objects.get(locker=other)
    term.refresh_from_db()
    assert (term.state, new.state, new.user, new.replaces) == ("ended", "active", term.user, term)
    staff_client.post(reverse("admin:lockers_lockerterm_end", args=[new.pk]), {"reason": "Left the university"})
    new.refresh_from_db()
    assert new.state == "ended"
    mails = Mail.objects.filter(kind="locker_changed").order_by("pk")
    assert [("Water damage" in mail.text, "Left the university" in mail.text) for mail in mails] == [
        (True, False),
        (False, True),
    ]


def test_lists_of_what_is_unpaid_and_what_is_to_be_emptied(staff_client: Client, locker: Locker) -> None:
    held = hold_locker()
    over = make_locker_term(starts_on=today() - timedelta(days=9), ends_before=today())
    make_locker_term()
    address = reverse("admin:lockers_lockerterm_changelist")
    for standing, term in (("unpaid", held), ("over", over)):
        page = BeautifulSoup(text_of(staff_client.get(address, {"standing": standing})), "html.parser")
        assert [row.select_one("th").get_text() for row in page.select("#result_list tbody tr")] == [str(term.locker)]  # type: ignore[union-attr]
    keys = [held.pk, over.pk]
    for action in ("send_payment_notice", "send_clear_out_notice", "send_clear_out_notice", "mark_empty"):
        staff_client.post(address, {"action": action, "_selected_action": keys})
    assert sorted(Mail.objects.values_list("kind", "to")) == [
        ("locker_empty", over.user.email),
        ("locker_unpaid", held.user.email),
    ]
    assert list(LockerTerm.objects.order_by("pk").values_list("state", flat=True)) == ["held", "ended", "active"]


def test_condition_is_changed_for_many(staff_client: Client, locker: Locker) -> None:
    data = {"action": "mark_broken", "_selected_action": [locker.pk]}
    staff_client.post(reverse("admin:lockers_locker_changelist"), data)
    locker.refresh_from_db()
    assert locker.condition == "broken"
