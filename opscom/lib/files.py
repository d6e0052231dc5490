"""Files that people send: judged by what is in them, never by what they are called (UPL-2).

A picture is drawn anew, so that nothing of the file but the picture is kept. A PDF cannot be drawn anew; it is looked
through for what acts (scripts, launching programs, embedded files) in a process of its own, which may use little time and
memory: the file that breaks a parser then breaks nothing else.
"""

import subprocess
import sys
import warnings
from dataclasses import dataclass
from enum import Enum
from io import BytesIO
from pathlib import Path, PurePath

from django.core.files.base import File
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from opscom.lib.errors import PortalError

MEGABYTE = 1024 * 1024
MOST_BYTES = 12 * MEGABYTE
LOGO_BYTES = 2 * MEGABYTE
MOST_PIXELS = 50_000_000
QUALITY = 85
LOOK_SECONDS = 20
PDF_LOOK = Path(__file__).with_name("pdf_look.py")


class Kind(Enum):
    """What is taken: content type, suffix, and the endings that a name may have."""

    PDF = "application/pdf", "pdf", (".pdf",)
    PNG = "image/png", "png", (".png",)
    JPEG = "image/jpeg", "jpg", (".jpg", ".jpeg")

    @property
    def content_type(self) -> str:
        return self.value[0]

    @property
    def suffix(self) -> str:
        """How the portal ends the names of such files, without a dot."""
        return self.value[1]

    @property
    def endings(self) -> tuple[str, ...]:
        return self.value[2]


class FileRefused(PortalError):
    """The file is not taken; the message names it, says why, and what to do."""


@dataclass(frozen=True)
class CheckedFile:
    """What may be stored: the content as it is kept, and what it is."""

    content: bytes
    kind: Kind


def check_document(upload: File, *, longest_side: int = 4000) -> CheckedFile:
    """A PDF as it came, or a PNG or JPEG drawn anew. FileRefused for everything else, and where the name's ending says
    something that the content is not."""
    name = _name_of(upload)
    _check_size(upload, name)
    start = _start_of(upload)
    if start.startswith(b"%PDF-"):
        checked = CheckedFile(_check_pdf(upload, name), Kind.PDF)
    else:
        checked = _draw_anew(upload, name, longest_side)
    ending = PurePath(name).suffix.lower()
    if ending not in checked.kind.endings:
        raise FileRefused(
            _("%(name)s holds a %(kind)s file, but its name does not end in .%(suffix)s. Rename it, then add it again.")
            % {"name": name, "kind": checked.kind.suffix.upper(), "suffix": checked.kind.suffix},
            code="lying-name",
        )
    return checked


def encode_photo(upload: File, *, longest_side: int = 2000) -> bytes:
    """A photo as a JPEG of at most so many pixels a side: turned as the camera was held, without metadata (place, device),
    and without whatever else the file carried. The name does not matter. FileRefused for what is no photo."""
    name = _name_of(upload)
    _check_size(upload, name)
    return _read_picture(upload, name, ("JPEG", "PNG", "WEBP"), longest_side, "JPEG")


def encode_logo(upload: File, *, longest_side: int = 800) -> bytes:
    """A picture as a small PNG, clear where it was clear; of at most 2 MB as it comes. FileRefused for everything else."""
    name = _name_of(upload)
    _check_size(upload, name, most=LOGO_BYTES)
    return _read_picture(upload, name, ("PNG", "JPEG", "WEBP"), longest_side, "PNG")


def _draw_anew(upload: File, name: str, longest_side: int) -> CheckedFile:
    kind = Kind.PNG if _start_of(upload).startswith(b"\x89PNG") else Kind.JPEG
    if kind is Kind.JPEG and not _start_of(upload).startswith(b"\xff\xd8\xff"):
        raise FileRefused(
            _("%(name)s is no PDF, PNG or JPG file. Save it as one of these, then add it again.") % {"name": name},
            code="kind",
        )
    return CheckedFile(_read_picture(upload, name, (kind.name,), longest_side, kind.name), kind)


def _name_of(upload: File) -> str:
    return upload.name or _("The file")


def _start_of(upload: File) -> bytes:
    upload.seek(0)
    start: bytes = upload.read(16)
    return start


def _check_size(upload: File, name: str, *, most: int = MOST_BYTES) -> None:
    if not upload.size:
        raise FileRefused(_("%(name)s is empty. Choose it again, or another one.") % {"name": name}, code="empty")
    if upload.size > most:
        raise FileRefused(
            _("%(name)s is %(size)s MB. Up to %(most)s MB fits; a smaller file is fine.")
            % {"name": name, "size": f"{upload.size / MEGABYTE:.1f}", "most": most // MEGABYTE},
            code="size",
        )


def _read_picture(upload: File, name: str, formats: tuple[str, ...], longest_side: int, written: str) -> bytes:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            upload.seek(0)
            with Image.open(upload, formats=formats) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise Image.DecompressionBombError
                return _encode(image, longest_side, written)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise FileRefused(
            _("%(name)s has too many pixels. Up to 50 megapixels fit; a smaller photo is fine.") % {"name": name},
            code="pixels",
        ) from error
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError) as error:  # Pillow's, on broken files
        raise FileRefused(
            _("%(name)s is no photo that we can read. Save it as JPG or PNG, then add it here.") % {"name": name},
            code="unreadable",
        ) from error


def _encode(image: Image.Image, longest_side: int, written: str) -> bytes:
    image.draft("RGB", (longest_side, longest_side))  # a large JPEG is decoded at a fraction of its size
    picture = ImageOps.exif_transpose(image)
    picture.thumbnail((longest_side, longest_side))
    clear = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    fresh = picture.convert("RGBA" if clear else "RGB")
    if clear and written == "JPEG":
        fresh = Image.new("RGB", picture.size, "white")
        layer = picture.convert("RGBA")
        fresh.paste(layer, mask=layer.getchannel("A"))
    fresh.info.clear()
    stream = BytesIO()
    fresh.save(stream, written, quality=QUALITY, optimize=True)
    return stream.getvalue()


def _check_pdf(upload: File, name: str) -> bytes:
    """The PDF, looked through in a process of its own. What that process says is one word."""
    upload.seek(0)
    content: bytes = upload.read()
    try:
        done = subprocess.run(  # noqa: S603 (our own program; the file comes on its standard input)
            [sys.executable, "-I", str(PDF_LOOK)], input=content, capture_output=True, timeout=LOOK_SECONDS, check=False
        )
        word = done.stdout.decode("ascii", "replace").strip() if done.returncode == 0 else "broken"
    except subprocess.TimeoutExpired:
        word = "broken"
    if word == "ok":
        return content
    sentences = {
        "active": _(
            "%(name)s holds scripts, forms that act, or other files inside. Print it to a new PDF, then add that."
        ),
        "locked": _("%(name)s is locked with a password. Save it without one, then add it again."),
    }
    broken = _("%(name)s is no PDF that we can read. Save it anew as PDF, or add a photo of it.")
    raise FileRefused(sentences.get(word, broken) % {"name": name}, code=word if word in sentences else "unreadable")
