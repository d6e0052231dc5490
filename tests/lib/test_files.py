"""Files are judged by what is in them."""

from io import BytesIO

import pikepdf
import pytest
from PIL import Image

from opscom.lib import files
from opscom.lib.files import MOST_BYTES, FileRefused, Kind, check_document
from tests.documents import ACTIVE, bomb, pdf, pdf_bomb, picture, upload

ORIENTATION, GPS, MODEL = 0x0112, 0x8825, 0x0110


def refusal(content: bytes, name: str) -> tuple[str, str]:
    """Why, as a word and as the person reads it."""
    with pytest.raises(FileRefused) as refused:
        check_document(upload(content, name))
    return refused.value.code, str(refused.value)


def test_pdf_is_kept_as_it_came() -> None:
    content = pdf()
    checked = check_document(upload(content, "Lease.PDF"))
    assert (checked.kind, checked.content) == (Kind.PDF, content)


@pytest.mark.parametrize("packed", [False, True])
def test_pdf_with_links_and_plain_forms_is_kept(packed: bool) -> None:
    def link(document: pikepdf.Pdf) -> None:
        action = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://example.edu")
        note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, A=action)
        document.pages[0].Annots = pikepdf.Array([document.make_indirect(note)])
        document.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([]))
        document.Root.OpenAction = pikepdf.Array([document.pages[0].obj, pikepdf.Name.Fit])

    mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable
    assert check_document(upload(pdf(link, object_stream_mode=mode), "form.pdf")).kind is Kind.PDF


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("what", ACTIVE)
def test_pdf_that_acts_is_refused_also_where_it_is_packed(what: str, packed: bool) -> None:
    mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable
    assert refusal(pdf(ACTIVE[what], object_stream_mode=mode), "a.pdf") == (
        "active",
        "a.pdf holds scripts, forms that act, or other files inside. Print it to a new PDF, then add that.",
    )


def test_pdf_that_hides_the_word_is_refused() -> None:
    content = pdf(ACTIVE["opens with a script"], object_stream_mode=pikepdf.ObjectStreamMode.disable)
    hidden = content.replace(b"/JavaScript", b"/J#61v#61Script").replace(b"/JS ", b"/#4a#53 ")
    assert b"JavaScript" not in hidden
    assert refusal(hidden, "a.pdf")[0] == "active"


def test_pdf_locked_with_a_password_is_refused_and_one_that_only_forbids_printing_is_not() -> None:
    locked = pdf(encryption=pikepdf.Encryption(owner="o", user="u"))
    assert refusal(locked, "a.pdf") == (
        "locked",
        "a.pdf is locked with a password. Save it without one, then add it again.",
    )
    assert check_document(upload(pdf(encryption=pikepdf.Encryption(owner="o", user="")), "a.pdf")).kind is Kind.PDF


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"%PDF-1.7 <script>", pdf()[:200], b"%PDF-" + b"\0" * 5000])
def test_pdf_that_is_none_is_refused(content: bytes) -> None:
    assert refusal(content, "a.pdf") == (
        "unreadable",
        "a.pdf is no PDF that we can read. Save it anew as PDF, or add a photo of it.",
    )


def test_pdf_that_swells_breaks_nothing() -> None:
    content = pdf_bomb(1_100_000_000)
    assert len(content) < MOST_BYTES
    assert refusal(content, "a.pdf")[0] == "unreadable"


def test_pdf_that_takes_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LOOK_SECONDS", 0.001)
    assert refusal(pdf(), "a.pdf")[0] == "unreadable"


@pytest.mark.parametrize(("form", "name", "kind"), [("PNG", "a.png", Kind.PNG), ("JPEG", "a.JPEG", Kind.JPEG)])
def test_picture_is_drawn_anew_and_keeps_its_kind(form: str, name: str, kind: Kind) -> None:
    checked = check_document(upload(picture(form) + b"<?php evil ?>", name))
    image = Image.open(BytesIO(checked.content))
    assert (checked.kind, image.format, image.size) == (kind, form, (640, 480))
    assert b"<?php" not in checked.content


def test_photo_is_turned_and_loses_what_the_camera_added() -> None:
    exif = Image.Exif()
    exif[ORIENTATION], exif[MODEL] = 6, "Camera"
    exif.get_ifd(GPS)[1] = "N"
    checked = check_document(upload(picture(size=(900, 300), exif=exif, comment=b"secret"), "a.jpg"))
    image = Image.open(BytesIO(checked.content))
    assert (image.size, dict(image.getexif()), "comment" in image.info) == ((300, 900), {}, False)


def test_clear_picture_stays_clear() -> None:
    stream = BytesIO()
    Image.new("RGBA", (9, 9), (255, 0, 0, 0)).save(stream, "PNG")
    checked = check_document(upload(stream.getvalue(), "a.png"))
    assert Image.open(BytesIO(checked.content)).getpixel((4, 4)) == (255, 0, 0, 0)


@pytest.mark.parametrize(
    ("content", "name", "holds", "ending"),
    [
        (picture("PNG"), "a.jpg", "PNG", "png"),
        (picture("JPEG"), "a.pdf", "JPG", "jpg"),
        (pdf(), "a.png", "PDF", "pdf"),
        (pdf(), "a.exe", "PDF", "pdf"),
        (pdf(), "a", "PDF", "pdf"),
        (pdf(), "a.pdf.html", "PDF", "pdf"),
    ],
)
def test_name_that_lies_is_refused(content: bytes, name: str, holds: str, ending: str) -> None:
    sentence = f"{name} holds a {holds} file, but its name does not end in .{ending}. Rename it, then add it again."
    assert refusal(content, name) == ("lying-name", sentence)


@pytest.mark.parametrize(
    "content",
    [
        b"<html>",
        b"MZ\x90",
        b"PK\x03\x04",
        b"<svg onload='alert(1)'/>",
        picture("GIF"),
        picture("WEBP"),
        b" %PDF-1.7",
        b"\0",
    ],
)
@pytest.mark.parametrize("name", ["a.pdf", "a.png"])
def test_other_kinds_are_refused_whatever_their_name(content: bytes, name: str) -> None:
    sentence = f"{name} is no PDF, PNG or JPG file. Save it as one of these, then add it again."
    assert refusal(content, name) == ("kind", sentence)


def test_nothing_too_much_too_many_pixels_or_half_a_picture_is_refused() -> None:
    assert refusal(b"", "a.pdf") == ("empty", "a.pdf is empty. Choose it again, or another one.")
    assert refusal(b"\0" * (MOST_BYTES + 1), "a.pdf") == (
        "size",
        "a.pdf is 12.0 MB. Up to 12 MB fits; a smaller file is fine.",
    )
    assert refusal(bomb(), "a.png")[0] == "pixels"
    assert refusal(picture()[:300], "a.jpg")[0] == "unreadable"


def test_pdf_of_exactly_twelve_megabytes_fits() -> None:
    content = pdf(
        lambda d: d.Root.update({"/Padding": d.make_stream(b"\0" * (MOST_BYTES - 5000))}), compress_streams=False
    )
    content += b"\n" * (MOST_BYTES - len(content))
    assert len(check_document(upload(content, "a.pdf")).content) == MOST_BYTES
