"""The office's pages about people."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import AccountEvent, Mail, User
from tests.conftest import sign_in
from tests.factories import make_charge, make_company, make_member, make_user, make_user_type
from tests.payments.views.page import soup
from tests.views.test_history import write_mail

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/user/"


def page_of(user: User, part: str = "change") -> str:
    return f"{LIST}{user.pk}/{part}/"


@pytest.fixture
def manager() -> Client:
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name="Manager"))
    return sign_in(Client(), user)


def said(client: Client, path: str) -> list[str]:
    """The office's messages on the next page."""
    return [item.get_text() for item in soup(client.get(path)).select(".messagelist li")]


def test_front_desk_registers_a_person_who_gets_the_link(db: None) -> None:
    clerk = make_user(is_staff=True)
    clerk.groups.add(Group.objects.get(name="Front desk"))
    client = sign_in(Client(), clerk)
    form = soup(client.get(f"{LIST}add/"))
    assert form.select("[type=password]") == []
    fields = {
        "email": "New.Person@example.test",
        "first_name": "New",
        "last_name": "Person",
        "language": "fr",
        "login_source": "portal",
    }
    assert client.post(f"{LIST}add/", fields).status_code == 302
    user = User.objects.get(email="new.person@example.test")
    mail = Mail.objects.get(user=user)
    assert (user.is_staff, user.has_usable_password(), mail.kind, mail.language) == (
        False,
        False,
        "create_password",
        "fr",
    )


def test_archiving_asks_for_a_reason(resident: User, manager: Client) -> None:
    path = page_of(resident, "archive")
    assert manager.post(path, {"reason": " "}).status_code == 200
    answer = manager.post(path, {"reason": "Left the university"})
    resident.refresh_from_db()
    assert (answer.headers["Location"], resident.is_active) == (page_of(resident), False)
    assert AccountEvent.objects.get().detail == "Left the university"
    assert said(manager, page_of(resident)) == ["Ada Reyes is archived and logged out everywhere."]
    manager.post(page_of(resident, "restore"), {"reason": "Came back"})
    resident.refresh_from_db()
    assert (resident.is_active, said(manager, page_of(resident))) == (True, ["Ada Reyes can log in again."])


def test_refused_archiving_says_why(staff: User, manager: Client) -> None:
    manager.post(page_of(staff, "archive"), {"reason": "x"})
    staff.refresh_from_db()
    assert staff.is_active


def test_account_is_not_switched_by_a_tick(resident: User, staff_client: Client) -> None:
    form = soup(staff_client.get(page_of(resident), {"details": 1}))
    assert (len(form.select("input[name=email]")), form.select("input[name=is_active]")) == (1, [])


def test_page_links_to_the_persons_mails(resident: User, staff_client: Client) -> None:
    write_mail(resident)
    Mail.objects.update(state="failed")
    write_mail(resident)
    write_mail(make_user())
    page = soup(staff_client.get(page_of(resident)))
    [counts], [link] = page.select("#mails .panel-head p"), page.select("#mails .panel-more a")
    assert counts.get_text() == "2 e-mails · 1 refused"
    assert len(soup(staff_client.get(str(link["href"]))).select("#result_list tbody tr")) == 2


def test_duplicate_is_named_looked_at_and_merged(resident: User, manager: Client) -> None:
    duplicate = make_user(email="twice@example.test")
    make_charge(duplicate)
    path = page_of(resident, "merge")
    assert "No account has this address." in manager.get(f"{path}?duplicate=nobody@example.test").content.decode()
    preview = soup(manager.get(f"{path}?duplicate=TWICE@example.test"))
    cells = [[cell.get_text() for cell in row.select("th, td")] for row in preview.select("tbody tr")]
    assert cells == [
        ["Charges", "1", "0"],
        ["Login addresses", "0", "1"],
        ["Owed", "$0.00", "$50.00", "$50.00"],
        ["Paid", "$0.00", "$0.00", "$0.00"],
        ["Surplus", "$0.00", "$0.00", "$0.00"],
        ["Receipts", "0", "0", "0"],
    ]
    assert User.objects.get(pk=duplicate.pk).is_active
    answer = manager.post(path, {"duplicate": "twice@example.test"})
    assert (answer.headers["Location"], resident.charges.count()) == (page_of(resident), 1)
    assert said(manager, page_of(resident)) == ["The account twice@example.test is merged into this one."]
    refused = soup(manager.get(f"{path}?duplicate=twice@example.test"))
    assert [note.get_text() for note in refused.select(".errornote")] == ["The duplicate is merged or erased already."]
    assert refused.select("form[method=post] input[name=duplicate]") == []


def test_two_ticked_accounts_lead_to_the_merge(resident: User, manager: Client) -> None:
    other = make_user(email="other@example.test")
    chosen = {"action": "merge_two", "_selected_action": [resident.pk, other.pk]}
    assert (
        manager.post(LIST, chosen).headers["Location"] == f"{page_of(resident, 'merge')}?duplicate=other@example.test"
    )
    manager.post(LIST, chosen | {"_selected_action": [resident.pk]})
    assert said(manager, LIST) == ["Tick the two accounts that belong to one person."]


def test_type_of_many_is_previewed_and_changed(resident: User, manager: Client) -> None:
    other, employee = make_user(), make_user_type(name="Employee")
    chosen = {"action": "change_user_type", "_selected_action": [resident.pk, other.pk]}
    asked = soup(manager.post(LIST, chosen))
    assert len(asked.select("select[name=user_type] option")) == 2
    preview = soup(manager.post(LIST, chosen | {"user_type": employee.pk}))
    heading = preview.select_one("form h2")
    assert heading is not None
    assert (heading.get_text(), User.objects.filter(user_type=employee).count()) == ("2 people become Employee.", 0)
    manager.post(LIST, chosen | {"user_type": employee.pk, "confirmed": "1"})
    assert (User.objects.filter(user_type=employee).count(), said(manager, LIST)) == (2, ["2 people are Employee now."])


@pytest.mark.parametrize("action", ["merge_two", "change_user_type"])
def test_front_desk_neither_merges_nor_changes_many(resident: User, action: str) -> None:
    clerk = make_user(is_staff=True)
    clerk.groups.add(Group.objects.get(name="Front desk"))
    client = sign_in(Client(), clerk)
    offered = [option["value"] for option in soup(client.get(LIST)).select("select[name=action] option")]
    assert action not in offered
    assert client.post(LIST, {"action": action, "_selected_action": [resident.pk]}).status_code == 302


def test_office_reads_a_companys_statement_and_invoice_from_its_page() -> None:
    company = make_company()
    make_charge(make_member(company).user)
    finance = make_user(is_staff=True)
    finance.groups.add(Group.objects.get(name="Finance"))
    client = sign_in(Client(), finance)
    page = f"/admin/accounts/company/{company.pk}/statement/"
    assert page in [
        link["href"] for link in soup(client.get(f"/admin/accounts/company/{company.pk}/change/")).select("a")
    ]
    table = soup(client.get(page)).select_one("table")
    assert table is not None
    assert table.select("tbody tr")[-1].get_text(" ", strip=True) == "Closing balance $50.00"
    assert client.get(page, {"as": "pdf"}).headers["Content-Type"] == "application/pdf"
    invoice = client.get(f"/admin/accounts/company/{company.pk}/invoice/")
    assert invoice.headers["Content-Type"] == "application/pdf"
    assert client.get("/admin/accounts/company/0/statement/").status_code == 404
