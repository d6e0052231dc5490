"""A portal that answers a browser in this process, within the test's transaction: nothing that it shows is left behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Browser, Route

from accounts.models import User
from tests.conftest import sign_in
from tests.journeys.visitor import Visitor

HOME = "http://localhost:8000"
STATIC = "/static/"
AHEAD = "/widgets.css"  # Chromium looks ahead for what a style sheet imports, but beside the page when the answer is given here


@dataclass
class Inside:
    """Pages come from a test client, style sheets and scripts from where they are written."""

    client: Client
    visitor: Visitor
    context: Context = field(default_factory=copy_context)  # that of the test, whose connection has its transaction
    _sends: dict[str, Any] | None = field(default=None, init=False)

    def open(self, path: str, sends: dict[str, Any] | None = None) -> None:
        """Go to that page; where it `sends` something, to what answers a form with it."""
        self._sends = sends
        answer = self.visitor.page.goto(HOME + path)
        kind = answer.headers.get("content-type", "") if answer else ""
        if answer is None or answer.status != 200 or not kind.startswith("text/html"):
            words = answer.text()[:200] if answer and kind.startswith("text/plain") else kind
            self.visitor.troubles.append(f"{path} answers {answer and answer.status} {words}")

    def answer(self, route: Route) -> None:
        """One request of the browser."""
        address = urlsplit(route.request.url)
        if address.path.startswith(STATIC) or address.path.endswith(AHEAD):
            ahead = not address.path.startswith(STATIC)
            found = finders.find(f"admin/css{AHEAD}" if ahead else address.path.removeprefix(STATIC))
            route.fulfill(path=str(found)) if found else route.fulfill(status=404)
            return
        path = address.path + (f"?{address.query}" if address.query else "")
        sends, self._sends = (self._sends, None) if route.request.is_navigation_request() else (None, self._sends)
        answer, body = self.context.run(self._ask, path, sends)
        if answer.status_code in (301, 302):  # what a browser follows is not asked of this process
            route.fulfill(status=409, content_type="text/plain", body=f"leads to {answer.headers['Location']}")
            return
        route.fulfill(status=answer.status_code, headers=dict(answer.headers), body=body)

    def _ask(self, path: str, sends: dict[str, Any] | None) -> tuple[Any, bytes]:
        answer: Any = self.client.get(path) if sends is None else self.client.post(path, sends)
        return answer, b"".join(answer.streaming_content) if answer.streaming else answer.content


@contextmanager
def inside(browser: Browser, user: User, *, journey: str, **options: Any) -> Iterator[Inside]:
    """A browser signed in as that person, on a desk; at its end nobody met any trouble."""
    context = browser.new_context(base_url=HOME, locale="en-CA", reduced_motion="reduce", **options)
    context.set_default_timeout(20000)
    visitor = Visitor(context.new_page(), journey, "desk", (HOME,))
    here = Inside(sign_in(Client(raise_request_exception=False), user), visitor)
    context.route("**/*", here.answer)
    try:
        yield here
    finally:
        context.close()
    assert not visitor.troubles, "\n".join(visitor.troubles)
