"""Evidence photos: judged by their content, stored as fresh JPEGs that say nothing but the picture."""

import warnings
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from violations.errors import PhotoRefused
from violations.models import Violation, ViolationPhoto

MOST_BYTES = 12 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 2000
QUALITY = 85
FORMATS = ("JPEG", "PNG", "WEBP")


def attach_photo(violation: Violation, upload: UploadedFile, *, caption: str = "") -> ViolationPhoto:
    """Keep a photo with a ticket. PhotoRefused for what is no photo by its content, or too large."""
    photo = ViolationPhoto(violation=violation, caption=caption)
    store_photo(photo, encode_photo(upload))
    return photo


def store_photo(photo: ViolationPhoto, content: bytes) -> None:
    """Save a photo whose content `encode_photo` has made, under a name of our own, with its size."""
    photo.image = ContentFile(content, name=f"{photo.code}.jpg")
    photo.save()


def encode_photo(upload: UploadedFile) -> bytes:
    """The picture as a JPEG of at most 2000 pixels a side: turned as the camera was held, without metadata (place, device),
    and without whatever else the file carried."""
    name = upload.name or _("The file")
    if not upload.size:
        raise PhotoRefused(_("%(name)s is empty. Take the photo again.") % {"name": name})
    if upload.size > MOST_BYTES:
        size = f"{upload.size / 1024 / 1024:.1f}"
        raise PhotoRefused(
            _("%(name)s is %(size)s MB. Up to 12 MB fits; a smaller photo is fine.") % {"name": name, "size": size}
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            upload.seek(0)
            with Image.open(upload, formats=FORMATS) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise Image.DecompressionBombError
                return _as_jpeg(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotoRefused(
            _("%(name)s has too many pixels. Up to 50 megapixels fit; a smaller photo is fine.") % {"name": name}
        ) from error
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        IndexError,
        TypeError,
    ) as error:  # what Pillow raises on broken files
        raise PhotoRefused(
            _("%(name)s is no photo that we can read. Save it as JPG or PNG, then add it here.") % {"name": name}
        ) from error


def _as_jpeg(image: Image.Image) -> bytes:
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a large JPEG is decoded at a fraction of its size
    picture = ImageOps.exif_transpose(image)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        picture = Image.new("RGB", layer.size, "white")
        picture.paste(layer, mask=layer.getchannel("A"))
    stream = BytesIO()
    fresh = picture.convert("RGB")
    fresh.info.clear()
    fresh.save(stream, "JPEG", quality=QUALITY, optimize=True)
    return stream.getvalue()
