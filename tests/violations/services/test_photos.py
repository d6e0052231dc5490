"""Evidence photos: judged by their content, stored without what a camera adds."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from opscom.lib.files import MOST_BYTES, FileRefused, encode_photo
from tests.violations.conftest import picture, upload
from violations.models import Violation, ViolationPhoto
from violations.services.photos import attach_photo

ORIENTATION, GPS, MODEL = 0x0112, 0x8825, 0x0110


def opened(content: bytes) -> Image.Image:
    """The stored picture."""
    return Image.open(BytesIO(content))


def refusal(content: bytes, name: str = "evidence.jpg") -> str:
    """What the person reads."""
    with pytest.raises(FileRefused) as refused:
        encode_photo(upload(content, name))
    return str(refused.value)


def bomb() -> bytes:
    """A PNG of a few bytes that claims 20,000 × 20,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def test_photo_is_stored_small_turned_and_without_metadata() -> None:
    exif = Image.Exif()
    exif[ORIENTATION], exif[MODEL] = 6, "Camera"
    exif.get_ifd(GPS)[1] = "N"
    stored = opened(encode_photo(upload(picture(size=(3000, 1500), exif=exif, comment=b"secret"))))
    assert (stored.format, stored.size) == ("JPEG", (1000, 2000))
    assert dict(stored.getexif()) == {}
    assert "comment" not in stored.info


def test_photo_with_holes_gets_a_white_ground() -> None:
    stream = BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(stream, "PNG")
    assert opened(encode_photo(upload(stream.getvalue(), "sign.png"))).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_photo_is_judged_by_content_not_by_name(form: str) -> None:
    assert opened(encode_photo(upload(picture(form), "notes.txt"))).format == "JPEG"


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7 <script>",
        b"<svg onload='alert(1)'/>",
        picture("GIF"),
        picture("TIFF"),
        picture()[:300],
        b"\xff\xd8\xff",
    ],
)
def test_photo_that_lies_is_refused(content: bytes) -> None:
    assert refusal(content) == "evidence.jpg is no photo that we can read. Save it as JPG or PNG, then add it here."


def test_photo_of_nothing_too_much_or_too_many_pixels_is_refused() -> None:
    assert refusal(b"") == "evidence.jpg is empty. Choose it again, or another one."
    assert (
        refusal(picture() + b"\0" * (12 * 1024 * 1024))
        == "evidence.jpg is 12.0 MB. Up to 12 MB fits; a smaller file is fine."
    )
    assert refusal(bomb()) == "evidence.jpg has too many pixels. Up to 50 megapixels fit; a smaller photo is fine."


def test_photo_of_exactly_twelve_megabytes_fits() -> None:
    content = picture()
    assert opened(encode_photo(upload(content + b"\0" * (MOST_BYTES - len(content))))).size == (640, 480)


def test_photo_carries_nothing_behind_the_picture() -> None:
    assert b"<?php" not in encode_photo(upload(picture() + b"<?php evil ?>"))


def test_photo_is_kept_under_a_name_of_our_own(ticket: Violation) -> None:
    photo = attach_photo(ticket, upload(picture(), "../../etc/passwd.jpg"), caption="Plate")
    stored = ViolationPhoto.objects.get()
    assert (stored.image.name, stored.width, stored.height, stored.caption) == (
        f"violations/{photo.code[:2]}/{photo.code}.jpg",
        640,
        480,
        "Plate",
    )
