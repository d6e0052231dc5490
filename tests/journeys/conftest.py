"""The running portal, and visitors of three kinds: a phone, a desk in the dark, and a phone without scripts."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from playwright.sync_api import Browser, BrowserType

from accounts.models import ProfilePolicy, User, Wording
from opscom.models import SystemSettings
from tests.conftest import session_of
from tests.journeys.stack import Stack
from tests.journeys.visitor import ARTIFACTS, Visitor
from tests.sample import FULL, is_drawn, lot_of
from violations.models import TicketLookup

# Playwright's synchronous interface runs an event loop in this thread; the ORM is told that this is meant.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

PHONE = {
    "viewport": {"width": 360, "height": 740},
    "has_touch": True,
    "color_scheme": "light",
    "reduced_motion": "reduce",
}
DESK = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark", "reduced_motion": "reduce"}
NARROW = PHONE | {"viewport": {"width": 320, "height": 640}, "has_touch": False}
KINDS: dict[str, dict[str, Any]] = {
    "phone": PHONE,
    "desk": DESK,
    "noscript": PHONE | {"java_script_enabled": False},
    "narrow": NARROW,
}
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A journey is walked over each card provider that its mark `card_providers` names."""
    if mark := metafunc.definition.get_closest_marker("card_providers"):
        metafunc.parametrize("provider", mark.args)


@pytest.fixture
def provider() -> str:
    """The card provider of the portal that is visited, where the journey names none."""
    return "stripe"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Everything in this folder drives the browser. A journey is walked on the phone; of the same on a desk and without
    scripts a sample is, and of several card providers one, unless FULL is set (the gallery shows every page on a desk anyway)."""
    left_out = []
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker(pytest.mark.browser)
            if not _in_sample(item):
                left_out.append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _in_sample(item: pytest.Item) -> bool:
    said = getattr(item, "callspec", None)
    params = dict(said.params) if said else {}
    name = f"{item.nodeid.partition('[')[0]} {params.get('kind')}"
    over = item.get_closest_marker("card_providers")
    if over and not FULL and params["provider"] != over.args[lot_of(name) % len(over.args)]:
        return False
    return params.get("kind") not in ("desk", "noscript") or is_drawn(item.nodeid, one_in=16)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The distribution's Chromium without its windows, which costs a third less; CHROMIUM names another."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell")
    if not path:
        pytest.fail("these tests need a Chromium; bin/setup test installs it")
    return {**browser_type_launch_args, "executable_path": path, "args": CHROMIUM}


@pytest.fixture(scope="session")
def stack(django_db_setup: None, django_db_blocker: Any) -> Iterator[Stack]:
    """The portal with all its processes, on the test database, for the whole run."""
    with django_db_blocker.unblock():
        cache.clear()
        running = Stack()
        try:
            running.start()
            yield running
        finally:
            keep_mails(running)
            running.stop()


def keep_mails(stack: Stack) -> None:
    """The HTML part of every message that left, one file for each different one, for the validator."""
    folder = ARTIFACTS / "html"
    folder.mkdir(parents=True, exist_ok=True)
    for number, message in enumerate(stack.inbox.messages):
        part = message.get_body(preferencelist=("html",))
        assert part is not None, f"{message['Subject']} has no HTML"
        (folder / f"mail-{stack.inbox.port}-{number:03d}.html").write_text(part.get_content())


@pytest.fixture(autouse=True)
def office_open(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    """Journeys share one living database; each makes what it needs. What the office decides starts as delivered, and
    throttles start anew. What visits nobody needs no portal."""
    if not {"visit", "stack"} & set(request.fixturenames):
        yield
        return
    stack: Stack = request.getfixturevalue("stack")
    with django_db_blocker.unblock():
        for model in (SystemSettings, ProfilePolicy, Wording, TicketLookup):
            model.objects.all().delete()
        cache.clear()
        stack.peer.reset()
        yield


@pytest.fixture(scope="session")
def remembering_browser(browser_type: BrowserType, browser_type_launch_args: dict[str, Any]) -> Iterator[Browser]:
    """A browser that keeps pages for its Back button, as people's do; Playwright switches that off."""
    browser = browser_type.launch(**browser_type_launch_args, ignore_default_args=["--disable-back-forward-cache"])
    yield browser
    browser.close()


@pytest.fixture
def visit(
    stack: Stack, browser: Browser, request: pytest.FixtureRequest, provider: str
) -> Iterator[Callable[..., Visitor]]:
    """`visit("phone")` opens a browser of that kind; `user=` signs a person in, `remembers=` gives Back its cache. At the
    end nobody met any trouble."""
    visitors: list[Visitor] = []

    def open_browser(
        kind: str, *, user: User | None = None, base: str = "", locale: str = "en-CA", remembers: bool = False
    ) -> Visitor:
        program = request.getfixturevalue("remembering_browser") if remembers else browser
        home = base or stack.portals[provider]
        context = program.new_context(base_url=home, locale=locale, **KINDS[kind])
        context.set_default_timeout(20000)
        if user:
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session_of(user), "url": home}])
        name = request.node.originalname.removeprefix("test_")
        visitor = Visitor(
            context.new_page(),
            name,
            f"{kind}-{len(visitors)}" if visitors else kind,
            (stack.url, stack.sandbox_url, *([base] if base else [])),
            scripts=kind != "noscript",
        )
        visitors.append(visitor)
        return visitor

    yield open_browser
    for visitor in visitors:
        visitor.page.context.close()
    troubles = [trouble for visitor in visitors for trouble in visitor.troubles]
    assert not troubles, "\n".join(troubles)
