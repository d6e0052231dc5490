"""A person with a browser, watched for what a person should never meet."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import axe_playwright_python
from playwright.sync_api import ConsoleMessage, Page, Response

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ARTIFACTS = Path("var/artifacts")


@dataclass
class Visitor:
    """One page of one browser. `see` looks at a page: screenshot, accessibility, the HTML kept for the validator."""

    page: Page
    journey: str
    kind: str
    ours: tuple[str, ...]
    scripts: bool = True
    troubles: list[str] = field(default_factory=list)
    seen: int = 0
    _document: Response | None = None

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda e: self.troubles.append(f"script: {e}"))
        self.page.on("response", self._note)

    def see(self, name: str, *, heading: str | None = None) -> None:
        """Look at the page as it stands; `heading` is what its h1 must say."""
        if heading is not None:
            found = self.page.locator("h1").first.inner_text()
            assert found == heading, f"{self.page.url}: the heading says {found!r}"
        self.seen += 1
        label = f"{self.seen:02d}-{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}"
        self._keep(label)
        self._fits()
        if self.scripts:
            self._accessible(label)

    def click(self, name: str, *, role: str = "button") -> None:
        """Press what is called so, letter by letter."""
        self.page.get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]

    def follow(self, name: str) -> None:
        """Follow the link that is called so."""
        self.click(name, role="link")

    def says(self, text: str) -> None:
        """The page says this somewhere a person can see it."""
        self.page.get_by_text(text).first.wait_for(state="visible", timeout=5000)

    def _hear(self, message: ConsoleMessage) -> None:
        place = str(message.location.get("url", ""))
        if message.type in ("error", "warning") and place.startswith(self.ours):
            self.troubles.append(f"console: {message.text} {place}")

    def _note(self, response: Response) -> None:
        if response.request.is_navigation_request() and response.frame == self.page.main_frame:
            self._document = response
        elif response.status >= 400 and response.url.startswith(self.ours):
            self.troubles.append(f"{response.status} {response.url}")
        if not response.url.startswith(("http://127.0.0.1", "data:")):
            self.troubles.append(f"third party: {response.url}")

    def _keep(self, label: str) -> None:
        shots, pages = ARTIFACTS / "screens" / self.journey, ARTIFACTS / "html"
        shots.mkdir(parents=True, exist_ok=True)
        pages.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=shots / f"{label}-{self.kind}.png", full_page=True)
        response = self._document
        if response and response.status < 300 and "html" in response.headers.get("content-type", ""):
            (pages / f"{self.journey}-{label}-{self.kind}.html").write_bytes(response.body())

    def _fits(self) -> None:
        """Nothing is wider than the screen (WCAG 1.4.10)."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0 and "/admin/" not in self.page.url:
            self.troubles.append(f"{self.page.url} is {wide} px wider than the screen")

    def _accessible(self, label: str) -> None:
        self.page.evaluate(AXE + "\n;0")
        found = self.page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        self.troubles += [f"axe {label} {v['id']} {n['target']}: {n['failureSummary']}" for v in found["violations"] for n in v["nodes"]]
