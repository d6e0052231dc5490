#!/usr/bin/env python3
"""Draw the guides' pictures: bin/screenshots.py [NAME…] writes static/img/guide/NAME.webp, all of them where none is named. Those
of the user guide are drawn in each of its languages, NAME.fr.webp and NAME.es.webp beside the English one.

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
LOCALES = {"en": "en-CA", "fr": "fr-CA", "es": "es-MX"}
NO_BANNER = ".banner-demo { display: none !important }"


@dataclass(frozen=True)
class Shot:
    """One picture: whose page, on which screen, what is done before it is taken, and in which languages."""

    name: str
    path: str
    who: str = ""
    screen: dict[str, Any] = field(default_factory=lambda: DESK)
    steps: Callable[[Page], object] = lambda page: None
    languages: tuple[str, ...] = ("en",)

    @property
    def files(self) -> dict[str, str]:
        """By language what the picture is called: home, home.fr."""
        return {language: self.name if language == "en" else f"{self.name}.{language}" for language in self.languages}


def main(names: list[str]) -> int:
    wanted = [shot for shot in SHOTS if not names or shot.name in names]
    if unknown := set(names) - {shot.name for shot in wanted}:
        print(f"There is no picture {', '.join(sorted(unknown))}. There are: {', '.join(s.name for s in SHOTS)}")
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open_office() as url, open_browser() as browser:
        for shot, language, name in [(one, *file) for one in wanted for file in one.files.items()]:
            context = new_context(browser, url, shot.who, shot.screen, locale=LOCALES[language])
            size = draw(context.new_page(), shot, name)
            print(f"{name}: {size / 1000:.0f} kB", flush=True)
            context.close()
    return 0


def draw(page: Page, shot: Shot, name: str) -> int:
    """Take the picture of that name; how many bytes it has."""
    page.goto(shot.path)
    shot.steps(page)
    page.add_style_tag(content=NO_BANNER)
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    for quality in (80, 65, 50, 35):
        buffer = io.BytesIO()
        picture.save(buffer, "WEBP", quality=quality, method=6)
        if buffer.tell() <= MOST_BYTES:
            break
    (FOLDER / f"{name}.webp").write_bytes(buffer.getvalue())
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


def submit(page: Page) -> None:
    """The button of the page's own form, in whatever language."""
    page.locator("main form button[type=submit]").first.click()


def open_ticket(page: Page) -> None:
    """A ticket that nobody has an account for, with its reduction running."""
    from violations.models import Violation

    free = Violation.objects.unpaid().filter(
        charge__payer=None, charge__reduced_through__gte=MOMENT.date(), boot_assignments=None
    )
    page.locator("main input[name=ticket]").fill(free.order_by("-charge__reduced_through", "pk")[0].full_number)
    submit(page)


def choose_locker(page: Page) -> None:
    """Past the conditions, to the numbers of the first location."""
    if not page.locator("main input[name=site]").count():
        submit(page)
    page.locator("main input[name=site]").first.check()
    submit(page)


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


def take_file(page: Page) -> None:
    """What a set-up file would change."""
    page.locator("main input[type=file], #content input[type=file]").set_input_files(ROOT / "docs/offices/brock.toml")
    page.locator("#content form button[type=submit], #content form input[type=submit]").first.click()


def check_books(page: Page) -> None:
    """What a night's check leaves."""
    from payments.services.ledger_check import check_ledger

    check_ledger()
    page.reload()


ALL = tuple(LOCALES)
SHOTS = [
    Shot("home", "/home/", "resident", languages=ALL),
    Shot("home-phone", "/home/", "resident", PHONE, languages=ALL),
    Shot("permits", "/permits/", "resident", languages=ALL),
    Shot("permit-phone", "/home/", "resident", PHONE, follow("Y-2"), ALL),
    Shot("appeals", "/appeals/", "resident", DESK, lambda page: page.locator("main summary").first.click(), ALL),
    Shot("payments", "/payments/", "resident", languages=ALL),
    Shot("ticket-phone", "/pay-ticket/", screen=PHONE, steps=open_ticket, languages=ALL),
    Shot("lockers", "/lockers/", "resident", DESK, choose_locker, ALL),
    Shot("today", "/admin/", "manager"),
    Shot("process", "/admin/payments/payment/?state__exact=promised", "cashier", steps=process),
    Shot("sheet", "/admin/payments/cashdrawer/sheet/", "cashier"),
    Shot("appeal", "/admin/violations/appeal/", "appeals", steps=open_first_row),
    Shot("check-phone", "/admin/violations/violation/check/", "enforcement", PHONE, check_plate),
    Shot("boot", "/admin/violations/boot/", "manager", steps=follow("Return, release, code")),
    Shot("report", "/admin/reports/receipts-by-method/", "finance"),
    Shot("settings", "/admin/opscom/systemsettings/1/change/", "manager"),
    Shot("setup", "/admin/opscom/systemsettings/setup/", "manager", steps=take_file),
    Shot("retention", "/admin/opscom/systemsettings/retention/", "manager"),
    Shot("mail", "/admin/accounts/mail/", "manager"),
    Shot("events", "/admin/payments/providerevent/", "finance"),
    Shot("books", "/admin/payments/ledgercheck/", "finance", steps=check_books),
]

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
