"""The office rehearses a rollover, starts it, and watches it."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from permits.models import Permit, PermitTerm, RolloverRun
from permits.services.runs import rehearse
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
    assert [(row[1], row[5]) for row in found[2:]] == [(good.number, "Paid"), (bad.number, "No card is stored.")]
    assert (vault.asked, PermitTerm.objects.count()) == ([], 0)


def test_start_leads_to_the_run_whose_progress_shows(finance_client: Client, vault: Machine) -> None:
    rolling()
    response = finance_client.post(REHEARSE, {"start": "1"})
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


def test_permits_are_left_out_with_a_reason_and_let_in_again(finance_client: Client, vault: Machine) -> None:
    good, waits, ends = rolling(left=3), rolling(left=3), rolling(left=1)
    page = soup(finance_client.get(REHEARSE))
    assert [str(box["value"]) for box in page.select('[name="without"]')] == [str(good.pk), str(waits.pk)]
    assert "has no time to wait" in page.get_text()
    asked = {"without": [str(waits.pk)], "look": "1"}
    assert "Say why they are left out" in finance_client.post(REHEARSE, asked).content.decode()
    looked = soup(finance_client.post(REHEARSE, asked | {"reason": "Dispute"}))
    summed = [" ".join(row.get_text(" ").split()) for row in looked.select(".panel tbody")[0].select("tr")]
    assert summed == ["Expected to be paid 2 $154.00", "Expected to fail 0 $0.00", "Left out 1 $77.00"]
    assert [str(box["value"]) for box in looked.select('[name="without"][checked]')] == [str(waits.pk)]
    assert RolloverRun.objects.count() == 0
    answer = finance_client.post(REHEARSE, asked | {"reason": "Dispute", "start": "1"}, follow=True).content.decode()
    assert ("Left out by the office" in answer, "Dispute" in answer) == (True, True)
    run = RolloverRun.objects.get()
    go_on_with_rollover(run_id=run.pk)
    assert set(PermitTerm.objects.values_list("permit", flat=True)) == {good.pk, ends.pk}
    [button] = soup(finance_client.get(REHEARSE)).select('button[name="let_in"]')
    Permit.objects.filter(pk=waits.pk).update(rollover=False)
    assert soup(finance_client.get(REHEARSE)).select('button[name="let_in"]') == []
    Permit.objects.filter(pk=waits.pk).update(rollover=True)
    ticked = {"let_in": str(button["value"]), "without": [str(good.pk)]}  # a tick without a reason is another matter
    again = finance_client.post(REHEARSE, ticked, follow=True).content.decode()
    assert ("takes" in again and "up again" in again, 'name="let_in"' in again) == (True, False)
    assert [line.permit for line in rehearse().lines] == [waits]
    refused = finance_client.post(REHEARSE, {"let_in": str(button["value"])}, follow=True).content.decode()
    assert "It does not wait any more." in refused
