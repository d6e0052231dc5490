"""A person with a browser, watched for what a person should never meet."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import axe_playwright_python
from playwright.sync_api import ConsoleMessage, Page, Response, ViewportSize

from tests.sample import is_drawn

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ARTIFACTS = Path("var/artifacts")
SIZES: dict[str, ViewportSize] = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 360, "height": 740}}
REFLOW: ViewportSize = {"width": 320, "height": 640}
COLOURS = ["color-contrast", "link-in-text-block"]
LOOKS: list[tuple[str, Literal["light", "dark"], list[str]]] = [
    ("desk", "light", RULES),
    ("desk", "dark", COLOURS),
    ("phone", "dark", COLOURS),
    ("phone", "light", [*COLOURS, "target-size", "scrollable-region-focusable", "label", "link-name", "button-name"]),
]
# What has the focus: its name, and whether a ring is drawn round it (or round the label that holds it) within the window.
FOCUS = """() => {
  const element = document.activeElement, style = getComputedStyle(element), box = element.getBoundingClientRect();
  const name = (element.labels && element.labels.length ? element.labels[0].innerText : element.getAttribute("aria-label") || element.innerText || (element.type === "submit" && element.value) || "").trim();
  const holder = element.closest("label") ? getComputedStyle(element.closest("label")) : style;
  const ring = [style, holder].some(s => (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== "none");
  const within = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const middle = document.elementFromPoint(box.left + box.width / 2, Math.min(Math.max(box.top + box.height / 2, 0), innerHeight - 1));
  const open = middle === null || element.contains(middle) || middle.contains(element) || element.tagName === "BODY" || [...(element.labels || [])].includes(middle);
  return {name, shows: element.tagName === "BODY" || (ring && within && open), how: JSON.stringify({ring, within, under: open ? "" : middle.outerHTML.slice(0, 80)})};
}"""
# What Tab can reach, of radio buttons the one that stands for its group, and what of it was not reached yet.
REACHABLE = """() => {
  const asked = 'a[href], area[href], button, input:not([type=hidden]), select, textarea, summary, iframe, [tabindex]:not([tabindex="-1"])';
  const shown = element => element.checkVisibility({visibilityProperty: true}) && !element.disabled && element.getAttribute("tabindex") !== "-1" && !element.closest("[inert]");
  const stands = element => element.type !== "radio" || element.checked || ![...document.getElementsByName(element.name)].some(one => one.checked && one.form === element.form);
  const groups = new Set();
  return [...document.querySelectorAll(asked)].filter(shown).filter(stands).filter(element => {
    if (element.type !== "radio") return true;
    const group = `${element.form && [...document.forms].indexOf(element.form)} ${element.name}`;
    return !groups.has(group) && groups.add(group);
  }).filter(element => !element.reached).map(element => element.outerHTML.slice(0, 120));
}"""
BEGIN = """() => {
  for (const element of document.querySelectorAll("*")) delete element.reached;
  window.latest = null;
  document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute("tabindex");
}"""
STOP = """() => {
  const element = document.activeElement, first = !element.reached && element.tagName !== "BODY";
  const before = window.latest, back = before && before.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_PRECEDING;
  element.reached = true; window.latest = element;
  return {first, back: first && Boolean(back)};
}"""
# What of a page axe can tell apart: its elements with their classes, roles and states, and which of them hold text.
SHAPE = """() => [...document.querySelectorAll("html, body, body *")].map(element => [
  element.tagName, ...["class", "role", "type", "lang", "href"].map(name => name === "href" ? element.hasAttribute(name) : element.getAttribute(name)),
  ...element.getAttributeNames().filter(name => /^(aria-|alt$|for$|id$|title$|tabindex$|disabled$|hidden$|open$|checked$)/.test(name)),
  [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()),
].join(" "))"""
JUDGED: set[tuple[str, ...]] = set()  # shapes of pages
KNOWN: set[tuple[str, str]] = set()  # kinds of elements


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
        self.photograph(f"{label}-{self.kind}")
        self._keep_html(label)
        self._fits()
        if self.scripts and self._is_new():
            self._accessible(label)

    def look(self, name: str) -> None:
        """Look at the page on a desk and on a phone; in light always, and in the dark at a sample, because pages share their
        parts. What colours cannot change is judged in light, what the width cannot change on the desk. At last it fits where
        a desk's page is enlarged four times (WCAG 1.4.10)."""
        label = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        for kind, scheme, rules in LOOKS:
            if scheme == "dark" and not is_drawn(f"{label} {kind}"):
                continue
            self.page.set_viewport_size(SIZES[kind])
            self.page.emulate_media(color_scheme=scheme)
            self.photograph(f"{label}-{kind}-{scheme}")
            self._accessible(f"{label}-{kind}-{scheme}", rules)
            self._fits()
        self.page.set_viewport_size(REFLOW)
        self._fits()
        self._keep_html(label)

    def click(self, name: str, *, role: str = "button") -> None:
        """Press what is called so, letter by letter; where that leads to another page, it is read when this returns."""
        self.page.get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]
        self.page.wait_for_load_state("domcontentloaded")

    def follow(self, name: str) -> None:
        """Follow the link that is called so."""
        self.click(name, role="link")

    def press_shown(self, name: str) -> None:
        """Press the button that is shown on this size of screen, where a page has one for each."""
        self.page.get_by_role("button", name=name, exact=True).locator("visible=true").first.click()
        self.page.wait_for_load_state("domcontentloaded")

    def tab_to(self, name: str, *, most: int = 60) -> None:
        """Press Tab until what is called so has the focus, which shows and is on the screen at every stop."""
        for _stop in range(most):
            self.page.keyboard.press("Tab")
            here = self.page.evaluate(FOCUS)
            if not here["shows"]:
                self.troubles.append(f"{self.page.url}: the focus on {here['name']!r} does not show: {here['how']}")
            if here["name"].partition("\n")[0].strip() == name:  # what only screen readers hear stands on a line below
                return
        raise AssertionError(f"{self.page.url}: Tab does not reach {name!r}")

    def type_into(self, name: str, text: str) -> None:
        """Tab to the field that is called so, and type."""
        self.tab_to(name)
        self.page.keyboard.type(text)

    def press_on(self, name: str, key: str = "Enter") -> None:
        """Tab to what is called so, and press the key; where that leads to another page, it is read when this returns."""
        self.tab_to(name)
        self.page.keyboard.press(key)
        self.page.wait_for_load_state("domcontentloaded")

    def walk(self, *, most: int = 250) -> None:
        """Tab through the whole page: each stop shows, none holds the focus, all are reached in the order of the text."""
        self.page.evaluate(
            "document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')"
        )
        for _stop in range(most):
            self.page.keyboard.press("Tab")
            here, stop = self.page.evaluate(FOCUS), self.page.evaluate(STOP)
            if not stop["first"]:
                break
            if not here["shows"]:
                self.troubles.append(f"{self.page.url}: the focus on {here['name']!r} does not show: {here['how']}")
            if stop["back"]:
                self.troubles.append(f"{self.page.url}: the focus goes back to {here['name']!r}")
        if left := self.page.evaluate(REACHABLE):
            self.troubles.append(f"{self.page.url}: Tab does not reach {left}")

    def says(self, text: str) -> None:
        """The page says this somewhere a person can see it."""
        self.page.get_by_text(text).filter(visible=True).first.wait_for(timeout=15000)

    def _hear(self, message: ConsoleMessage) -> None:
        place = str(message.location.get("url", ""))
        refusal = self._document is not None and self._document.status >= 400 and place == self._document.url
        if message.type in ("error", "warning") and place.startswith(self.ours) and not refusal:
            self.troubles.append(f"console: {message.text} {place}")

    def _note(self, response: Response) -> None:
        if response.request.is_navigation_request() and response.frame == self.page.main_frame:
            self._document = response
            if response.status >= 500 and response.url.startswith(self.ours):
                self.troubles.append(f"{response.status} {response.url}")
        elif response.status >= 400 and response.url.startswith(self.ours):
            self.troubles.append(f"{response.status} {response.url}")
        if not response.url.startswith(("http://127.0.0.1", "http://localhost:", "data:")):
            self.troubles.append(f"third party: {response.url}")

    def photograph(self, label: str) -> None:
        """Keep a picture of the whole page."""
        shots = ARTIFACTS / "screens" / self.journey
        shots.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=shots / f"{label}.png", full_page=True)

    def _keep_html(self, label: str) -> None:
        pages = ARTIFACTS / "html"
        pages.mkdir(parents=True, exist_ok=True)
        response = self._document
        if response and response.url.startswith(self.ours) and "html" in response.headers.get("content-type", ""):
            (pages / f"{self.journey}-{label}-{self.kind}.html").write_bytes(response.body())

    def _fits(self) -> None:
        """Nothing is wider than the screen (WCAG 1.4.10)."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            self.troubles.append(f"{self.page.url} is {wide} px wider than the screen of {self.page.viewport_size}")

    def _is_new(self) -> bool:
        """Whether a page of this shape was not judged yet on a screen of this kind: journeys pass the same pages often. Of
        those that have no new kind of element, a sample is."""
        screen = self.kind.partition("-")[0]
        shape: list[str] = self.page.evaluate(SHAPE)
        if (screen, *shape) in JUDGED:
            return False
        elements = {(screen, element) for element in shape}
        if elements <= KNOWN and not is_drawn(f"{self.journey} {self.seen} {screen}", one_in=4):
            return False
        JUDGED.add((screen, *shape))
        KNOWN.update(elements)
        return True

    def _accessible(self, label: str, rules: list[str] = RULES) -> None:
        if self.page.evaluate("typeof axe") == "undefined":
            self.page.evaluate(AXE + "\n;0")
        found = self.page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", rules)
        self.troubles += [
            f"axe {label} {v['id']} {n['target']}: {n['failureSummary']}"
            for v in found["violations"]
            for n in v["nodes"]
        ]
