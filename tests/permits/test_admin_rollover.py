"""The office rehearses a rollover, starts it, and watches it."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from permits.models import PermitTerm, RolloverRun
from permits.tasks import go_on_with_rollover, sweep_rollovers
from tests.conftest import sign_in
from tests.factories import make_user
from tests.payments.vault import Machine
from tests.payments.views.page import soup
from tests.permits.test_rollover import rolling

pytestmark = pytest.mark.django_db
REHEARSE = "/admin/permits/rolloverrun/rehearse/"


@pytest.fixture
def finance_client(db: None) -> Client:
    """Somebody of finance, with the second factor."""
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name="Finance"))
    return sign_in(Client(), user)


def rows(client: Client, path: str) -> list[list[str]]:
    return [
        [" ".join(cell.get_text().split()) for cell in row.select("th, td")]
        for row in soup(client.get(path)).select(".panel tbody tr")
    ]


def test_rehearsal_shows_totals_and_expected_failures(finance_client: Client, vault: Machine) -> None:
    good, bad = rolling(), rolling(card=False)
    found = rows(finance_client, REHEARSE)
    assert found[:2] == [["Expected to be paid", "1", "$77.00"], ["Expected to fail", "1", "$77.00"]]
    assert [(row[0], row[4]) for row in found[2:]] == [(good.number, "Paid"), (bad.number, "No card is stored.")]
    assert (vault.asked, PermitTerm.objects.count()) == ([], 0)


def test_start_leads_to_the_run_whose_progress_shows(finance_client: Client, vault: Machine) -> None:
    rolling()
    response = finance_client.post(REHEARSE)
    run = RolloverRun.objects.get()
    assert response.headers["Location"] == f"/admin/permits/rolloverrun/{run.pk}/change/"
    assert "0 / 1" in finance_client.get(response.headers["Location"]).content.decode()
    go_on_with_rollover(run_id=run.pk)
    page = finance_client.get(response.headers["Location"]).content.decode()
    assert ("1 / 1" in page, "$77.00" in page, "Renewed" in page, vault.money) == (True, True, True, Decimal("77.00"))


def test_sweep_starts_the_run_of_the_day_and_goes_on_with_it(vault: Machine, work_now: None) -> None:
    rolling()
    sweep_rollovers()
    assert RolloverRun.objects.get().by is None


def test_nothing_due_offers_no_button(finance_client: Client) -> None:
    page = soup(finance_client.get(REHEARSE))
    assert page.select("input[type=submit]") == []
    assert "Nothing is due." in page.get_text()


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_the_right_nobody_starts_one(method: str) -> None:
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name="Front desk"))
    assert getattr(sign_in(Client(), user), method)(REHEARSE).status_code == 403
    assert RolloverRun.objects.count() == 0
