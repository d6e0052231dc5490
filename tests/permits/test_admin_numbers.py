"""The office lays in numbers, sees who has which, and changes them."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from permits.models import Permit, PermitNumber
from tests.conftest import sign_in
from tests.factories import make_permit, make_user
from tests.payments.views.page import soup
from tests.permits.test_numbers import numbered

LIST, ADD = "/admin/permits/permitnumber/", "/admin/permits/permitnumber/add/"
pytestmark = pytest.mark.django_db
RANGE = {"before": "H-", "first": "1", "last": "120", "width": "3", "after": "-N", "listed": ""}


def rows(client: Client) -> list[list[str]]:
    return [
        [cell.get_text().strip() for cell in row.select("th, td")[1:6]]
        for row in soup(client.get(LIST)).select("#result_list tbody tr")
    ]


def test_range_is_looked_at_before_it_is_added(staff_client: Client) -> None:
    window = numbered("H-007-N")
    form = RANGE | {"permit_type": window.permit_type_id}
    page = soup(staff_client.post(ADD, form | {"look": "1"}))
    preview = [[cell.get_text() for cell in row.select("th, td")] for row in page.select("[role=status] tr")]
    assert preview == [["First", "H-001-N"], ["Last", "H-120-N"], ["New", "119"], ["There already", "1: H-007-N"]]
    assert PermitNumber.objects.count() == 1
    assert staff_client.post(ADD, form | {"add": "1"}).headers["Location"] == LIST
    assert PermitNumber.objects.count() == 120


def test_range_just_added_is_taken_back_as_long_as_no_permit_has_one_of_it(staff_client: Client) -> None:
    window, back = numbered("H-007-N"), f"{LIST}take-back/"
    form = RANGE | {"permit_type": window.permit_type_id, "add": "1"}
    staff_client.post(ADD, form)
    assert soup(staff_client.get(LIST)).select_one(f'form[action="{back}"]') is not None
    permit = make_permit(window=window)
    refused = staff_client.post(back, follow=True).content.decode()
    assert ("Nothing is taken back: some are used already (permits)." in refused, PermitNumber.objects.count()) == (
        True,
        120,
    )
    Permit.objects.filter(pk=permit.pk).update(stock=None)
    assert "119 are taken back." in staff_client.post(back, follow=True).content.decode()
    assert list(PermitNumber.objects.values_list("number", flat=True)) == ["H-007-N"]
    assert soup(staff_client.get(LIST)).select_one(f'form[action="{back}"]') is None


def test_one_or_a_list_is_added(staff_client: Client) -> None:
    window = numbered()
    empty = dict.fromkeys(RANGE, "") | {"permit_type": window.permit_type_id}
    staff_client.post(ADD, empty | {"listed": "A1\nA2", "add": "1"})
    staff_client.post(ADD, empty | {"first": "5", "last": "5", "add": "1"})
    assert set(PermitNumber.objects.values_list("number", flat=True)) == {"A1", "A2", "5"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"last": "0"}, "The last number is not below the first one."),
        ({"last": "10001"}, "Add at most 10000 numbers at once."),
        ({"last": ""}, "Give a first and a last number, or a list."),
        ({"listed": "A1"}, "Give a first and a last number, or a list."),
        ({"before": "H" * 15, "after": "N" * 5}, "is too long: a permit number has at most 20 characters."),
    ],
)
def test_what_cannot_be_is_refused_and_kept_in_the_form(
    staff_client: Client, changes: dict[str, str], message: str
) -> None:
    form = RANGE | {"permit_type": str(numbered().permit_type_id), "add": "1"} | changes
    page = staff_client.post(ADD, form).content.decode()
    assert (message in page, form["before"] in page, PermitNumber.objects.count()) == (True, True, 0)


@pytest.mark.parametrize("each", [1, 3])
def test_list_says_in_whose_hands_each_number_is(
    staff_client: Client, each: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    window = numbered(*map(str, range(1, 3 * each + 1)))
    permits = [make_permit(window=window) for _ in range(2 * each)]
    Permit.objects.filter(pk__in=[permit.pk for permit in permits[:each]]).update(state="active")
    PermitNumber.objects.filter(number="1").update(condition="lost")
    with django_assert_max_num_queries(12):
        shown = rows(staff_client)
    words = ["Unavailable"] + (each - 1) * ["In use"] + each * ["Held"] + each * ["Free"]
    people = [str(permit.holder) for permit in permits] + each * ["–"]
    assert [(row[0], row[3], row[4]) for row in shown] == [
        (str(n), word, person) for n, word, person in zip(range(1, 3 * each + 1), words, people, strict=True)
    ]


def test_lost_number_leads_to_another_one_for_its_permit(staff_client: Client) -> None:
    window = numbered("1", "2", "3")
    permit, number = make_permit(window=window), PermitNumber.objects.get(number="1")
    page = staff_client.post(f"{LIST}{number.pk}/condition/", {"condition": "lost", "note": "Bus"}, follow=True)
    assert page.redirect_chain == [(f"{LIST}{number.pk}/replace/", 302)]
    assert f"{permit.holder.get_full_name()} has permit number 1." in page.content.decode()
    for wanted, message in (("9", "There is no such number."), ("1", "Number 1 is not free for these days.")):
        form = {"reason": "lost", "number": wanted}
        assert message in staff_client.post(f"{LIST}{number.pk}/replace/", form).content.decode()
    staff_client.post(f"{LIST}{number.pk}/replace/", {"reason": "lost", "number": "3"})
    permit.refresh_from_db()
    number.refresh_from_db()
    assert (permit.number, number.condition, number.note) == ("3", "lost", "Bus")
    assert staff_client.get(f"{LIST}{number.pk}/replace/").headers["Location"] == LIST


def test_archive_and_restore_never_what_somebody_has(staff_client: Client) -> None:
    window = numbered("1", "2")
    permit = make_permit(window=window)
    keys = list(PermitNumber.objects.values_list("pk", flat=True))
    for action, conditions in (("archive", {"1": "good", "2": "archived"}), ("restore", {"1": "good", "2": "good"})):
        page = staff_client.post(LIST, {"action": action, "_selected_action": keys}, follow=True).content.decode()
        assert dict(PermitNumber.objects.values_list("number", "condition")) == conditions
        assert (f"Number 1 is in the hands of {permit.holder.get_full_name()}." in page) == (action == "archive")


def test_only_what_nobody_had_can_be_deleted(staff_client: Client) -> None:
    make_permit(window=numbered("1", "2"))
    Permit.objects.update(state="released")
    for number in PermitNumber.objects.all():
        staff_client.post(f"{LIST}{number.pk}/delete/", {"post": "yes"})
    assert list(PermitNumber.objects.values_list("number", flat=True)) == ["1"]


def test_front_desk_changes_but_does_not_add_and_cashiers_do_neither(db: None) -> None:
    number = numbered("1").permit_type.numbers.get()
    answers = []
    for role in ("Front desk", "Cashier"):
        user = make_user(is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        client = sign_in(Client(), user)
        answers.append([client.get(url).status_code for url in (f"{LIST}{number.pk}/condition/", ADD)])
    assert answers == [[200, 403], [403, 403]]
