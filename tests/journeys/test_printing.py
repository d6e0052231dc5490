"""Permits on paper: printed once or in numbered copies, lost, past and temporary ones, by the holder and by the office."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from opscom.lib.dates import today
from payments.services.attempts import resolve_payment
from permits.models import HangTag, Permit, PermitType, PrintBatch
from permits.verification import copy_token
from tests.factories import change_office, make_checkout, make_lot, make_permit, make_user, make_vehicle, make_window
from tests.journeys.stack import Stack
from tests.journeys.steps import Visit, make_staff, wait_until
from tests.journeys.test_resident import qr_code
from tests.journeys.visitor import Visitor
from tests.payments.conftest import begin, pay_at_provider

KINDS = pytest.mark.parametrize("kind", ["phone", "desk"])


def paid_permit(user: User, **lot: object) -> Permit:
    """A permit that was paid on the sandbox, with its receipt."""
    if not user.vehicle_links.exists():
        make_vehicle(user)
    permit = make_permit(user, make_window(make_lot(**lot)))
    payment = begin(make_checkout([permit.charge], user), user.email)
    pay_at_provider(payment)
    resolve_payment(payment)
    return Permit.objects.get(pk=permit.pk)


def print_it(visitor: Visitor, folder: Path) -> str:
    """Press Print; answers what the code on the sheet says."""
    folder.mkdir()
    with visitor.page.expect_download() as download:
        visitor.click("Print")
    return qr_code(download.value.path(), folder)


def token(stack: Stack, permit: Permit, copy: int) -> str:
    return f"{stack.url}/verify/{copy_token(permit.code, copy)}/"


@pytest.mark.guide("PRN-1", "PRN-2", "PRN-3", "PRN-4")
@KINDS
def test_holder_prints_loses_and_prints_again(kind: str, visit: Visit, stack: Stack, tmp_path: Path) -> None:
    user = make_user(permit_disclaimer_at=timezone.now())
    permit = paid_permit(user, name="Linden zone")
    visitor = visit(kind, user=user)
    page = visitor.page
    page.goto("/home/")
    visitor.follow(permit.number)
    visitor.says("Permit Information")
    visitor.see("permit before printing")
    assert print_it(visitor, tmp_path / "1") == token(stack, permit, 1)
    page.reload()
    visitor.says("A permit prints once.")
    expect(page.get_by_role("button", name="Print", exact=True)).to_have_count(0)
    visitor.says("Last printed")
    page.get_by_text("Lost or stolen?").click()
    visitor.see("printed once")
    visitor.click("Report it")
    visitor.says("the copies printed so far are no longer good")
    assert print_it(visitor, tmp_path / "2") == token(stack, permit, 2)
    officer = visit("phone")
    officer.page.goto(token(stack, permit, 1))
    officer.see("old copy", heading="Copy not valid")
    officer.says("Ask for copy 2.")
    officer.page.goto(token(stack, permit, 2))
    officer.see("good copy", heading="Valid now")

    change_office(print_once=False)
    page.goto("/history/")
    code = permit.charge.lines.get().checkout.payments.get().receipt.code
    visitor.follow(code)
    expect(page).to_have_url(f"{stack.url}/receipts/{code}/")
    page.get_by_role("link", name=f"Permit {permit.number}").first.click()
    expect(page).to_have_url(f"{stack.url}/permits/{permit.code}/")
    assert print_it(visitor, tmp_path / "3") == token(stack, permit, 3)

    past = Permit.objects.filter(pk=permit.pk)
    past.update(valid_from=today() - timedelta(days=60), valid_before=today() - timedelta(days=30))
    page.reload()
    visitor.says("The permit has ended, and the sheet says so.")
    assert print_it(visitor, tmp_path / "4") == token(stack, permit, 4)
    start = timezone.now()
    past.update(
        starts_at=start, ends_at=start + timedelta(hours=3), valid_from=today(), valid_before=today() + timedelta(2)
    )
    page.reload()
    visitor.see("temporary permit")
    assert print_it(visitor, tmp_path / "5") == token(stack, permit, 5)


@KINDS
def test_office_makes_a_hang_tag(kind: str, visit: Visit, stack: Stack) -> None:
    user = make_user(email=f"tag-{kind}@example.test", permit_disclaimer_at=timezone.now())
    permit = paid_permit(user, name=f"Tags {kind}")
    PermitType.objects.filter(pk=permit.permit_type_id).update(print_at_home=False, pick_up=True)
    visitor, office = visit(kind, user=user), visit("desk", user=make_staff("Front desk"))
    visitor.page.goto(f"/permits/{permit.code}/")
    visitor.click("Pick the hang tag up")
    visitor.says("An e-mail says when you can pick it up.")
    visitor.see("tag asked for")
    page = office.page
    page.goto(f"/admin/permits/hangtag/?permit__lot__id__exact={permit.lot_id}")
    page.locator("#action-toggle").check()
    page.get_by_label("Action:").select_option("print_and_make")
    office.see("hang tags")
    office.click("Run" if page.get_by_role("button", name="Run").count() else "Go")
    page.wait_for_url("**/printbatch/**")
    wait_until(lambda: PrintBatch.objects.filter(copies__permit=permit, finished_at__isnull=False).exists())
    page.reload()
    office.says("1 of 1 done")
    office.see("batch that is done")
    with page.expect_download() as download:
        office.follow("Download the file")
    assert Path(download.value.path()).read_bytes()[:5] == b"%PDF-"
    assert HangTag.objects.get(permit=permit).state == HangTag.State.MADE
    stack.inbox.wait_for(user.email, "is ready")
    visitor.page.reload()
    visitor.says("Your hang tag is ready.")
    page.goto(f"/admin/permits/permit/{permit.pk}/reprint/")
    office.see("one more copy")
