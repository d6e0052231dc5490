#!/usr/bin/env python3
"""Draw the guides' pictures: bin/screenshots.py [NAME…] writes static/img/guide/NAME.webp, all of them where none is named.

A demo office is made and shown as of one fixed moment, in this process and on a database of its own, so every run draws the
same. It needs what `bin/setup test` installs. KEEP=FOLDER keeps the office there for the next run.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from zoneinfo import ZoneInfo

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from time_machine import travel

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "static" / "img" / "guide"
ZONE = "America/Toronto"
MOMENT = datetime(2026, 10, 14, 10, 5, tzinfo=ZoneInfo(ZONE))
MOST_BYTES = 60_000
DESK: dict[str, Any] = {"viewport": {"width": 1200, "height": 800}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 720}, "has_touch": True, "device_scale_factor": 1.5}
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--font-render-hinting=none"]
NO_BANNER = ".banner-demo { display: none !important }"


@dataclass(frozen=True)
class Shot:
    """One picture: whose page, on which screen, and what is done before it is taken."""

    name: str
    path: str
    who: str = ""
    screen: dict[str, Any] = field(default_factory=lambda: DESK)
    steps: Callable[[Page], object] = lambda page: None


def main(names: list[str]) -> int:
    wanted = [shot for shot in SHOTS if not names or shot.name in names]
    if unknown := set(names) - {shot.name for shot in wanted}:
        print(f"There is no picture {', '.join(sorted(unknown))}. There are: {', '.join(s.name for s in SHOTS)}")
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open_office() as url, open_browser() as browser:
        for shot in wanted:
            context = new_context(browser, url, shot.who, shot.screen)
            size = draw(context.new_page(), shot)
            print(f"{shot.name}: {size / 1000:.0f} kB")
            context.close()
    return 0


def draw(page: Page, shot: Shot) -> int:
    """Take the picture; how many bytes it has."""
    page.goto(shot.path)
    shot.steps(page)
    page.add_style_tag(content=NO_BANNER)
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    for quality in (80, 65, 50, 35):
        buffer = io.BytesIO()
        picture.save(buffer, "WEBP", quality=quality, method=6)
        if buffer.tell() <= MOST_BYTES:
            break
    (FOLDER / f"{shot.name}.webp").write_bytes(buffer.getvalue())
    return buffer.tell()


class Server(ThreadingMixIn, WSGIServer):
    """A thread for each request: a browser opens connections that it does not use yet."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    """No line for each request."""

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def open_office() -> Iterator[str]:
    """The demo office at its moment; answers its address."""
    with ExitStack() as stack:
        var = os.environ.get("KEEP") or stack.enter_context(tempfile.TemporaryDirectory(prefix="opscom-pictures-"))
        server = Server(("127.0.0.1", 0), Quiet)
        stack.callback(server.server_close)
        url = f"http://127.0.0.1:{server.server_port}"
        _settle(var, url)
        stack.enter_context(travel(MOMENT, tick=False))
        from django.core.management import call_command
        from django.core.wsgi import get_wsgi_application

        application = get_wsgi_application()
        call_command("migrate", verbosity=0)
        call_command("createcachetable")
        call_command("seed_demo", if_empty=True, stdout=io.StringIO())
        server.set_app(application)
        Thread(target=server.serve_forever, daemon=True).start()
        stack.callback(server.shutdown)
        yield url


def _settle(var: str, url: str) -> None:
    """The environment of an office to be tried, whatever this one is set to."""
    for name in ("DATABASE_URL", "REDIS_URL", "MEDIA_ROOT", "TIME_ZONE", "CURRENCY"):
        os.environ.pop(name, None)
    os.environ |= {
        "DEBUG": "1",
        "CARD_PROVIDER": "sandbox",
        "VAR_DIR": var,
        "BASE_URL": url,
        "LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "opscom.settings",
        "DJANGO_ALLOW_ASYNC_UNSAFE": "true",  # Playwright runs an event loop in the thread that signs people in
    }
    sys.path.insert(0, str(ROOT))


@contextmanager
def open_browser() -> Iterator[Browser]:
    """The distribution's Chromium without its windows; CHROMIUM names another."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM)
        yield browser
        browser.close()


def new_context(browser: Browser, url: str, who: str, screen: dict[str, Any], **more: Any) -> BrowserContext:
    """A browser of that demo login, or of a guest."""
    options: dict[str, Any] = {
        "locale": "en-CA",
        "timezone_id": ZONE,
        "color_scheme": "light",
        "reduced_motion": "reduce",
    }
    context = browser.new_context(base_url=url, bypass_csp=True, **(options | screen | more))
    context.clock.set_fixed_time(MOMENT)
    if who:
        context.add_cookies([{"name": "sessionid", "value": _session(f"{who}@example.test"), "url": url}])
    return context


def _session(email: str) -> str:
    """A new session of that person, the second factor passed."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django_otp import DEVICE_ID_SESSION_KEY
    from django_otp.plugins.otp_email.models import EmailDevice

    from accounts.models import User

    user = User.objects.get(email=email)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    if user.is_staff:
        device, _new = EmailDevice.objects.get_or_create(user=user, defaults={"name": "e-mail", "confirmed": True})
        session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()
    return session.session_key or ""


def follow(name: str) -> Callable[[Page], object]:
    """Follow the first link of that name."""
    return lambda page: page.get_by_role("link", name=name).first.click()


def open_ticket(page: Page) -> None:
    """A ticket that nobody has an account for, with its reduction running."""
    from violations.models import Violation

    free = Violation.objects.unpaid().filter(
        charge__payer=None, charge__reduced_through__gte=MOMENT.date(), boot_assignments=None
    )
    page.get_by_label("Ticket number").fill(free.order_by("-charge__reduced_through", "pk")[0].full_number)
    page.get_by_role("button", name="Search").click()


def choose_locker(page: Page) -> None:
    """Past the conditions, to the numbers of the first location."""
    if page.get_by_role("button", name="I Agree").count():
        page.get_by_role("button", name="I Agree").click()
    page.locator("main input[type=radio]").first.check()
    page.get_by_role("button", name="Get Locker").first.click()


def open_first_row(page: Page) -> None:
    """The first row of a list of the office."""
    page.locator("#result_list tbody th a").first.click()


def process(page: Page) -> None:
    """The first promise, about to be processed."""
    open_first_row(page)
    follow("Process Manually")(page)


def check_plate(page: Page) -> None:
    """Look up the resident's plate."""
    page.get_by_label("Plate").first.fill("CKRT 418")
    page.get_by_role("button", name="Check", exact=True).click()


SHOTS = [
    Shot("home", "/home/", "resident"),
    Shot("home-phone", "/home/", "resident", PHONE),
    Shot("permits", "/permits/", "resident"),
    Shot("permit-phone", "/home/", "resident", PHONE, follow("Y-2")),
    Shot("appeals", "/appeals/", "resident", steps=lambda page: page.locator("main summary").first.click()),
    Shot("payments", "/payments/", "resident"),
    Shot("ticket-phone", "/pay-ticket/", screen=PHONE, steps=open_ticket),
    Shot("lockers", "/lockers/", "resident", steps=choose_locker),
    Shot("today", "/admin/", "manager"),
    Shot("process", "/admin/payments/payment/?state__exact=promised", "cashier", steps=process),
    Shot("sheet", "/admin/payments/cashdrawer/sheet/", "cashier"),
    Shot("appeal", "/admin/violations/appeal/", "appeals", steps=open_first_row),
    Shot("check-phone", "/admin/violations/violation/check/", "enforcement", PHONE, check_plate),
    Shot("boot", "/admin/violations/boot/", "manager", steps=follow("Return, release, code")),
    Shot("report", "/admin/reports/receipts-by-method/", "finance"),
]

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
