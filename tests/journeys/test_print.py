"""What people print from the browser: the content whole and black on white, in the dark, too, and nothing to click."""

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page

from accounts.models import User
from tests.access import World, make_world
from tests.factories import make_user
from tests.journeys.visitor import Visitor
from tests.journeys.within import inside

pytestmark = pytest.mark.django_db
PAPER = {"width": 720, "height": 1040}  # A4 between its margins, at 96 dots an inch
# What a sheet shows that it should not: controls, colours that are no ink on white, addresses behind links, what is cut off.
WRONG = """() => {
  const shown = element => element.checkVisibility({visibilityProperty: true}) && element.getBoundingClientRect().width > 1 && element.getBoundingClientRect().height > 1;
  const light = colour => { const [r, g, b, a] = colour.match(/[\\d.]+/g).map(Number); const of = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
    return a === 0 ? 1 : .2126 * of(r) + .7152 * of(g) + .0722 * of(b); };
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const plain = colour => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); const d = canvas.getImageData(0, 0, 1, 1).data; return `rgba(${d[0]},${d[1]},${d[2]},${d[3] / 255})`; };
  const wrong = [];
  for (const element of document.querySelectorAll("body, body *")) {
    if (!shown(element)) continue;
    const style = getComputedStyle(element), name = `${element.tagName.toLowerCase()}.${element.className} ${element.textContent.trim().slice(0, 40)}`;
    if (element.matches("nav, header, button, .btn, .button, [type=submit], [type=search], [type=file]")) wrong.push(`control: ${name}`);
    if (element.matches("a") && /https?:|\\//.test(getComputedStyle(element, "::after").content)) wrong.push(`address: ${name}`);
    if ([...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()) && !element.closest("svg, .plate, .visually-hidden") && light(plain(style.color)) > .18) wrong.push(`pale: ${name} ${style.color}`);
    if (element.matches("body, main, #content, .card, .panel, table, tr, td") && light(plain(style.backgroundColor)) < .8) wrong.push(`dark ground: ${name} ${style.backgroundColor}`);
    if (/auto|scroll|hidden/.test(style.overflowX) && element.scrollWidth > element.clientWidth + 1 && !element.matches(".visually-hidden, .visually-hidden *, input")) wrong.push(`cut off: ${name}`);
  }
  if (document.documentElement.scrollWidth > innerWidth) wrong.push(`wider than paper: ${document.documentElement.scrollWidth}`);
  return wrong;
}"""


def printed(page: Page) -> str:
    """What stands on the sheet."""
    return page.locator("body").inner_text()


def look_at_print(visitor: Visitor, name: str, *words: str) -> None:
    """The page as it would be printed by somebody whose screen is dark."""
    page = visitor.page
    page.set_viewport_size(PAPER)  # type: ignore[arg-type]
    page.emulate_media(media="print", color_scheme="dark")
    visitor.photograph(f"print-{name}")
    visitor.troubles += [f"{name}: {wrong}" for wrong in page.evaluate(WRONG)]
    sheet = printed(page)
    visitor.troubles += [f"{name} lacks {word!r}" for word in words if word not in sheet]
    page.emulate_media(media="screen", color_scheme="light")


@pytest.fixture
def office_open() -> None:
    """These pages need no running portal."""


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def test_receipt_permit_ticket_and_statement_are_printed_whole(browser: Browser, world: World) -> None:
    receipt, permit, ticket = world.receipt, world.permit, world.violation
    with inside(browser, world.owner, journey="print") as here:
        for name, path, words in [
            ("receipt", reverse("payments:receipt", args=[receipt.code]), [receipt.number, "$77.00", receipt.code]),
            ("permit", reverse("permits:detail", args=[permit.code]), [permit.number, permit.permit_type.lot.name]),
            ("ticket", reverse("violations:ticket", args=[ticket.number]), [ticket.number, ticket.offence.description]),
            ("statement", reverse("payments:statement"), ["Opening balance", "Closing balance"]),
            ("history", reverse("history"), ["History"]),
        ]:
            here.open(path)
            look_at_print(here.visitor, name, *words)


def test_sheets_of_the_office_are_printed_whole(browser: Browser, world: World) -> None:
    clerk: User = make_user(first_name="Sam", last_name="Ito", is_staff=True, is_superuser=True)
    with inside(browser, clerk, journey="print") as here:
        for name, path, words in [
            ("report", reverse("admin:report", args=["revenue"]), ["Revenue"]),
            ("receipts", reverse("admin:report", args=["receipts-by-method"]), ["Receipts by method"]),
            ("cash-sheet", reverse("admin:payments_cashdrawer_sheet"), ["By method", "By ledger code", "Drawers"]),
            (
                "statement-of-a-person",
                reverse("admin:accounts_user_statement", args=[world.owner.pk]),
                ["Closing balance"],
            ),
            ("person", reverse("admin:accounts_user_change", args=[world.owner.pk]), [world.owner.email]),
            (
                "violation",
                reverse("admin:violations_violation_change", args=[world.violation.pk]),
                [world.violation.number],
            ),
            ("payments", reverse("admin:payments_payment_changelist"), [world.promise.code]),
        ]:
            here.open(path)
            look_at_print(here.visitor, name, *words)
