"""The office's logo: a small PNG, drawn anew when it is uploaded, that stands on all paper."""

from base64 import b64encode
from functools import lru_cache

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from opscom.lib.codes import random_code
from opscom.lib.files import encode_logo
from opscom.lib.office import office


def logo_uri() -> str:
    """The logo as a data address, or nothing. Its name changes with its content, so each process reads it once."""
    name = office().logo.name
    return _read(name) if name else ""


def checked_logo(upload: File) -> ContentFile:
    """What may be stored for an upload, under a name that no logo had before. FileRefused."""
    return ContentFile(encode_logo(upload), name=f"{random_code(12)}.png")


@lru_cache(maxsize=4)
def _read(name: str) -> str:
    with default_storage.open(name) as file:
        return f"data:image/png;base64,{b64encode(file.read()).decode()}"
