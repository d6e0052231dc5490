"""The guides: what they name exists, and every Help link leads into them."""

import re
import sys
from inspect import getfile
from pathlib import Path

import polib
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin, auth
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.utils.text import slugify

from opscom.lib.guides import FOLDER, guide_path, read_guide
from opscom.lib.help_topics import OFFICE, PORTAL, help_address

sys.path.insert(0, str(Path(settings.BASE_DIR) / "bin"))
from screenshots import FOLDER as PICTURES
from screenshots import MOST_BYTES, SHOTS

FILES = sorted(FOLDER.glob("*.md"))
OPERATIONS = FOLDER.parent / "operations.md"
HEADING = re.compile(r"^#{2,} (.+)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
ALL_BYTES = 1_500_000
# Pages that nobody reads, and what programs ask for: no Help link is ever drawn there.
NO_PARAGRAPH = {
    "accent", "healthz", "readyz", "help", "log_out_others", "sso_start", "sso_callback", "saml_acs", "saml_finish", "saml_metadata", "send_one_time_password", "stop_acting", "text_status", "text_webhook",
    "remove_address", "delete_upload", "upload_file", "upload_thumb", "confirm_email_change", "history_csv", "my_data_file", "mailbox", "mailbox_mail", "phone",
}  # fmt: skip


def links_of(path: Path) -> list[str]:
    return LINK.findall(path.read_text())


def names_of(resolver: URLResolver, space: str = "") -> set[str]:
    """The names of all addresses but the office's."""
    found: set[str] = set()
    for part in resolver.url_patterns:
        if isinstance(part, URLPattern) and part.name:
            found.add(space + part.name)
        elif isinstance(part, URLResolver) and part.app_name != "admin":
            found |= names_of(part, f"{part.namespace}:" if part.namespace else space)
    return found


def office_names() -> set[str]:
    """The names of the office's addresses, which are lists within lists."""
    patterns, found = list(admin.site.get_urls()), set()
    while patterns:
        part = patterns.pop()
        if isinstance(part, URLResolver):
            patterns += part.url_patterns
        elif part.name:
            found.add(part.name)
    return found


def anchors_of(path: Path) -> set[str]:
    """The addresses of the paragraphs; a translation has those of the English guide."""
    english = guide_path(path.name.split(".")[0]) if path.parent == FOLDER else path
    return {slugify(words) for words in HEADING.findall(english.read_text())}


@pytest.mark.parametrize("path", [*FILES, OPERATIONS], ids=lambda path: path.name)
def test_links_of_a_guide_resolve(path: Path) -> None:
    for link in links_of(path):
        target, _, anchor = link.partition("#")
        if target.startswith("/"):
            assert resolve(target).view_name, link
        elif not target.startswith("http"):
            file = (path.parent / target).resolve() if target else path
            assert file.is_file(), link
            assert not anchor or anchor in anchors_of(file), link


def test_pictures_of_the_guides_are_those_that_the_script_draws_and_small() -> None:
    named = {Path(link).stem for path in [*FILES, OPERATIONS] for link in links_of(path) if link.endswith(".webp")}
    there = {path.stem: path.stat().st_size for path in PICTURES.glob("*")}
    assert named == set(there) == {name for shot in SHOTS for name in shot.files.values()}
    assert {name for name, size in there.items() if size > MOST_BYTES} == set()
    assert sum(there.values()) <= ALL_BYTES


def test_a_guide_shows_pictures_of_its_own_language() -> None:
    shown = {path.name: [Path(link).stem for link in links_of(path) if link.endswith(".webp")] for path in FILES}
    english = shown["user.md"]
    assert all("." not in name for name in english)
    for language in ("fr", "es"):
        assert shown[f"user.{language}.md"] == [f"{name}.{language}" for name in english]


def test_every_page_has_a_paragraph() -> None:
    beginning = help_address("nothing")
    assert {name for name in names_of(get_resolver()) if help_address(name) == beginning} == NO_PARAGRAPH
    spaces = {name.rpartition(":")[0] for name in names_of(get_resolver())}
    assert set(PORTAL) - names_of(get_resolver()) - spaces == set()
    assert set(PORTAL.values()) - read_guide("user", "en").anchors == set()


def test_every_page_of_a_list_of_the_office_has_a_paragraph() -> None:
    lists = {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry}
    beginning = help_address("admin:nothing")
    assert {name for name in lists if help_address(f"admin:{name}_changelist") == beginning} == set()
    assert set(OFFICE) - office_names() - lists - {name.partition("_")[0] for name in lists} - {"forms_module"} == set()
    assert set(OFFICE.values()) - read_guide("office", "en").anchors == set()


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("violations:lookup_tickets", "/help/#a-ticket-of-somebody-elses-vehicle"),
        ("violations:evidence", "/help/#appeal-a-ticket"),
        ("nowhere", "/help/"),
        ("admin:payments_payment_process", "/admin/help/#process-a-promise"),
        ("admin:payments_payment_change", "/admin/help/#take-money"),
        ("admin:payments_tax_changelist", "/admin/help/#finance"),
        ("admin:password_change", "/admin/help/"),
    ],
)
def test_page_leads_to_its_paragraph(page: str, address: str) -> None:
    assert help_address(page) == address


@pytest.mark.parametrize("path", [path for path in FILES if path.suffixes == [".md"]], ids=lambda path: path.name)
def test_anchors_are_those_of_any_reader_of_markdown(path: Path) -> None:
    words = HEADING.findall(path.read_text())
    guide = read_guide(path.stem, "en")
    assert [heading.anchor for heading in guide.headings] == [slugify(line) for line in words]
    assert len(guide.anchors) == len(guide.headings)


def test_guide_without_a_translation_is_english() -> None:
    assert not guide_path("office", "fr").exists()
    assert read_guide("office", "fr").language == "en"


def test_pictures_and_addresses_are_drawn_into_the_page() -> None:
    html = read_guide("user", "en").html
    assert '<h2 id="pay">Pay</h2>' in html
    picture = re.search(r'<img src="([^"]+home\.webp)" alt="[^"]+" width="1200" height="800" loading="lazy" />', html)
    assert picture
    assert picture.group(1) == "/static/img/guide/home.webp"


# What is bold and stands in no catalogue: what is texted, a sign, the names of payment methods, a button that ends with a sum.
OTHERS = {
    "P", "Q", "C", "L", "E", "STOP", "START", "HELP", "ParkMe", "?", "bold", "gras", "negrita",
    "Credit Card", "Cash or Cheque", "Carte de crédit", "Comptant ou chèque", "Tarjeta de crédito", "Efectivo o cheque", "Submit Payment",
}  # fmt: skip
BOLD = re.compile(r"\*\*([^*]+)\*\*")


def words_on_screen(language: str) -> set[str]:
    """Every text of ours in that language, and of Django's admin."""
    folders = [Path(getfile(package)).parent / "locale" for package in (admin, auth)]
    if language != "en":
        folders.append(settings.BASE_DIR / "opscom" / "locale")
    catalogues = [polib.pofile(str(folder / language / "LC_MESSAGES" / "django.po")) for folder in folders]
    return {
        word.casefold().rstrip(" :")
        for catalogue in catalogues
        for entry in catalogue
        for word in written(entry, language)
    }


def written(entry: polib.POEntry, language: str) -> list[str]:
    if language == "en":
        return [entry.msgid, entry.msgid_plural]
    return [entry.msgstr, *entry.msgstr_plural.values()]


def source() -> str:
    """Everything that may write English on a screen."""
    folders = [settings.BASE_DIR / "templates", *(Path(config.path) for config in apps.get_app_configs())]
    own = [folder for folder in folders if folder.is_relative_to(settings.BASE_DIR) and ".venv" not in folder.parts]
    files = [path for folder in own for ending in ("py", "html") for path in folder.rglob(f"*.{ending}")]
    return "".join(path.read_text() for path in files if "migrations" not in path.parts).casefold()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_bold_words_are_those_of_the_screen(path: Path) -> None:
    language = path.suffixes[0].removeprefix(".") if len(path.suffixes) == 2 else "en"
    known, ours = words_on_screen(language), source() if language == "en" else ""
    named = {word for word in BOLD.findall(path.read_text()) if word not in OTHERS}
    assert {word for word in named if word.casefold() not in known and word.casefold() not in ours} == set()
