"""A person gets a copy of the own data and closes the account; the office merges two accounts of one person."""

import zipfile
from pathlib import Path

import pytest

from accounts.models import DataExport
from tests.factories import make_charge, make_user
from tests.journeys.stack import Stack
from tests.journeys.steps import PASSWORD, Visit, give_password, make_staff, wait_until
from tests.journeys.test_history import person_with_a_past


@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_copy_of_the_own_data_is_prepared_and_downloaded(kind: str, visit: Visit, stack: Stack) -> None:
    user = give_password(person_with_a_past()[0])
    visitor = visit(kind, user=user)
    page = visitor.page
    page.goto("/security/")
    visitor.follow("Download My Data")
    visitor.see("before", heading="Download My Data")
    page.get_by_label("Current password").fill(PASSWORD)
    visitor.click("Prepare my copy")
    wait_until(lambda: DataExport.objects.get(user=user).state == "ready", seconds=40)
    stack.inbox.wait_for(user.email, "copy")
    if kind == "noscript":
        page.goto("/my-data/")
    visitor.says("Your copy is ready")
    visitor.see("ready")
    with page.expect_download() as download:
        visitor.follow("Download the ZIP file")
    with zipfile.ZipFile(Path(download.value.path())) as archive:
        assert {"profile.json", "permits.json", "violations.json"} <= set(archive.namelist())


@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_account_is_closed_once_nothing_is_owed(kind: str, visit: Visit, stack: Stack) -> None:
    user = give_password(make_user(first_name="Maya", last_name="Okafor"))
    charge = make_charge(user)
    visitor = visit(kind, user=user)
    page = visitor.page
    page.goto("/security/")
    visitor.follow("Close My Account")
    visitor.says("You still owe $50.00 for 1 item.")
    visitor.see("refused", heading="Close My Account")
    type(charge).objects.filter(pk=charge.pk).update(state="void")
    page.reload()
    page.get_by_label("Current password").fill(PASSWORD)
    visitor.see("before")
    visitor.click("Close My Account")
    page.wait_for_url("**/login")
    visitor.says("Your account is closed.")
    visitor.see("closed")
    stack.inbox.wait_for(user.email, "closed")
    page.get_by_label("Email", exact=True).fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.click("Log In")
    visitor.says("This account is switched off")


def test_office_merges_archives_and_changes_the_type(visit: Visit) -> None:
    keeper, duplicate = make_user(first_name="Maya", last_name="Okafor"), person_with_a_past()[0]
    visitor = visit("desk", user=make_staff("Manager"))
    page = visitor.page
    page.goto(f"/admin/accounts/user/{keeper.pk}/change/")
    visitor.see("person")
    visitor.follow("Merge a duplicate")
    page.get_by_label("E-mail address of the duplicate").fill(duplicate.email)
    visitor.click("Show what would move")
    visitor.see("merge")
    visitor.click("Merge the two accounts")
    visitor.says(f"The account {duplicate.email} is merged into this one.")
    visitor.follow("Archive")
    page.get_by_label("Reason").fill("Left the university")
    visitor.see("archive")
    visitor.click("Archive")
    visitor.says("is archived and logged out everywhere")
    visitor.follow("Open again")
    page.get_by_label("Reason").fill("Came back")
    visitor.click("Open again")
    visitor.says("can log in again")
    page.goto(f"/admin/accounts/user/?q={keeper.email}")
    page.locator("#result_list tbody input[type=checkbox]").first.check()
    page.locator("select[name=action]").select_option("change_user_type")
    visitor.click("Go")
    visitor.see("type")
