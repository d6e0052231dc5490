"""The printed permit: sound, tagged, small in every layout, and its code opens the check page."""

import io
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pikepdf
import pytest
import weasyprint
from django.conf import settings
from PIL import Image
from pytest_django import Settings
from pyzbar.pyzbar import decode
from time_machine import travel as freeze

from accounts.models import User
from opscom.lib import pdf as paper
from opscom.lib.dates import today
from opscom.lib.logo import checked_logo
from opscom.models import SystemSettings
from permits import pdf as pdf_module
from permits.models import Permit
from permits.pdf import draw, permit_pdf
from permits.verification import copy_token
from tests.documents import upload
from tests.factories import change_office, make_lot, make_permit, make_vehicle, make_window


@pytest.fixture
def permit(resident: User) -> Permit:
    make_vehicle(resident, plate="CKRT418")
    return make_permit(resident, make_window(make_lot(name="Yellow zone", description="Perimeter lots")))


def text_of(pdf: bytes) -> str:
    return subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()


def test_style_is_parsed_once_and_pages_stay_the_same(permit: Permit, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = []

    def parse(**said: Any) -> weasyprint.CSS:
        parsed.append(said["string"])
        return CSS(**said)

    CSS = weasyprint.CSS  # noqa: N806
    paper._parsed.cache_clear()
    monkeypatch.setattr(weasyprint, "CSS", parse)
    copies = [
        permit_pdf(permit, language="en", layout=layout, copy=n) for n, layout in enumerate(["a6", "letter", "a6"])
    ]
    assert parsed == [pdf_module._style()]
    sizes = []
    for copy in copies:
        with pikepdf.open(io.BytesIO(copy)) as document:
            sizes.append([float(side) for side in document.pages[0].mediabox])
    assert sizes[0] == sizes[2] != sizes[1]
    assert text_of(copies[2]) == text_of(copies[0]).replace("Copy 0", "Copy 2")


@pytest.mark.parametrize(
    ("language", "layout", "size"),
    [("en", "a6", [105, 148]), ("fr", "letter", [216, 279]), ("es", "hang_tag", [90, 210])],
)
def test_pdf_is_sound_tagged_and_small(
    permit: Permit, language: str, layout: str, size: list[int], tmp_path: Path
) -> None:
    pdf = permit_pdf(permit, language=language, layout=layout)
    assert len(pdf) < 100_000
    with pikepdf.open(io.BytesIO(pdf)) as document:
        page = document.pages[0]
        assert len(document.pages) == 1
        assert [round(float(side) / 72 * 25.4) for side in page.mediabox] == [0, 0, *size]
        assert (str(document.Root.Lang), bool(document.Root.MarkInfo.Marked), "/StructTreeRoot" in document.Root) == (
            language,
            True,
            True,
        )
        assert permit.number in str(document.docinfo["/Title"])
        with document.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
        fonts = [font.DescendantFonts[0].FontDescriptor for font in page.Resources.Font.values()]
        assert fonts and all("/FontFile2" in font or "/FontFile3" in font for font in fonts)
        assert "/OpenAction" not in document.Root and "/AcroForm" not in document.Root
    (tmp_path / "permit.pdf").write_bytes(pdf)
    assert subprocess.run(["qpdf", "--check", str(tmp_path / "permit.pdf")], capture_output=True).returncode == 0


def codes_on(pdf: bytes) -> list[str]:
    """What the codes on the page say, read from a picture of it."""
    png = subprocess.run(
        ["pdftoppm", "-r", "110", "-png", "-singlefile", "-"], input=pdf, capture_output=True, check=True
    ).stdout
    return [code.data.decode() for code in decode(Image.open(io.BytesIO(png)))]


@pytest.mark.parametrize("layout", ["a6", "letter", "hang_tag"])
def test_pdf_code_opens_the_check_page_of_the_copy(permit: Permit, layout: str) -> None:
    address = f"{settings.BASE_URL}/verify/{copy_token(permit.code, 7)}/"
    assert codes_on(permit_pdf(permit, language="en", layout=layout, copy=7)) == [address]


def test_pdf_past_permit_is_marked_and_its_code_still_reads(permit: Permit) -> None:
    first = today() - timedelta(days=60)
    Permit.objects.update(state="active", valid_from=first, valid_before=first + timedelta(days=30))
    pdf = permit_pdf(Permit.objects.get(), language="en")
    words = " ".join(text_of(pdf).split())
    assert ("Expired, not valid" in words, "Valid through" in words) == (True, False)
    assert codes_on(pdf) == [f"{settings.BASE_URL}/verify/{copy_token(permit.code, 1)}/"]


def test_pdf_temporary_permit_shows_its_moments(permit: Permit) -> None:
    start = datetime(2026, 11, 20, 14, tzinfo=ZoneInfo("America/Toronto"))
    Permit.objects.update(starts_at=start, ends_at=start + timedelta(hours=4, minutes=30))
    with freeze(start):
        words = " ".join(text_of(permit_pdf(Permit.objects.get(), language="en")).split())
    assert ("20 Nov 2026 6:30 p.m." in words, "from Nov. 20, 2026, 2 p.m." in words) == (True, True)


def test_pdf_carries_the_offices_logo_and_words(permit: Permit, settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    clear = io.BytesIO()
    Image.new("RGBA", (300, 100), (0, 90, 100, 128)).save(clear, "PNG")
    change_office(
        logo=checked_logo(upload(clear.getvalue(), "logo.png")), print_text_fr="Nuit : P13 seulement.", print_once=False
    )
    pdf = permit_pdf(permit, language="fr")
    assert "Nuit : P13 seulement." in text_of(pdf)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        [picture] = document.pages[0].get_images().values()
        assert (int(picture.Width), int(picture.Height)) == (300, 100)


def test_pdf_says_what_counts(permit: Permit) -> None:
    text = text_of(permit_pdf(permit, language="en"))
    said = [
        permit.number,
        "Yellow zone",
        "Perimeter lots",
        "CKRT 418",
        "ON",
        "A. Reyes",
        "Campus Parking",
        f"{permit.last_day:%d %b %Y}".lstrip("0"),
        "YELLOW",
        "Copy 1",
        "519-555-0142",
    ]
    assert [part for part in said if part not in text] == []


def test_pdf_hostile_and_long_text_stays_text_on_one_page(resident: User) -> None:
    resident.first_name, resident.last_name = "", "<style>*{display:none}</style>" + "W" * 30
    resident.save()
    for number in range(5):
        make_vehicle(resident, plate=f"WWWWWWWWW{number}")
    lot = make_lot(name="<b>Lot</b> " + "W" * 69, description='<img src="http://127.0.0.1:9/x">' + "M" * 400)
    SystemSettings.objects.create(pk=1, office_name="Office <i>of</i> " + "W" * 40)
    permit = make_permit(resident, make_window(lot))
    pdf = permit_pdf(permit, language="en")
    text = text_of(pdf)
    assert [
        part
        for part in ("<b>Lot</b>", "<img src=", "<style>", "<i>of</i>", "Lay it on the dashboard", "Valid through")
        if part not in text
    ] == []
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert len(document.pages) == 1


def test_pdf_fetches_nothing(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a network connection")

    monkeypatch.setattr("socket.create_connection", refuse)
    page = '<html lang="en"><title>x</title><img alt="a" src="http://127.0.0.1:9/a.png"><img alt="b" src="file:///etc/hostname"><p>y'
    assert draw(page).startswith(b"%PDF")
    assert caplog.text.count("disallowed protocol") == 2


def test_pdf_is_drawn_once_until_something_on_it_changes(permit: Permit, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []

    def note(html: str) -> bytes:
        drawn.append(html)
        return b"%PDF"

    monkeypatch.setattr(pdf_module, "draw", note)

    def times() -> int:
        permit_pdf(Permit.objects.get(pk=permit.pk), language="en")
        return len(drawn)

    assert [times(), times()] == [1, 1]
    permit_pdf(permit, language="fr")
    permit_pdf(permit, language="en", copy=2)
    assert times() == 3
    permit.plates.update(vehicle=make_vehicle(plate="BVLP902"))
    assert [times(), times()] == [4, 4]
    permit.lot.name = "Blue zone"
    permit.lot.save()
    assert times() == 5


def test_pdf_library_is_loaded_only_when_drawing() -> None:
    code = "import django; django.setup(); import permits.views.standard, permits.tasks, sys; sys.exit('weasyprint' in sys.modules)"
    assert (
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=settings.BASE_DIR,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        ).returncode
        == 0
    )
