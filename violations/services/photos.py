"""Evidence photos: judged by their content, stored as fresh JPEGs that say nothing but the picture."""

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile

from opscom.lib.files import encode_photo
from violations.models import Violation, ViolationPhoto


def attach_photo(violation: Violation, upload: UploadedFile, *, caption: str = "") -> ViolationPhoto:
    """Keep a photo with a ticket. FileRefused for what is no photo by its content, or too large."""
    photo = ViolationPhoto(violation=violation, caption=caption)
    store_photo(photo, encode_photo(upload))
    return photo


def store_photo(photo: ViolationPhoto, content: bytes) -> None:
    """Save a photo whose content `encode_photo` has made, under a name of our own, with its size."""
    photo.image = ContentFile(content, name=f"{photo.code}.jpg")
    photo.save()
