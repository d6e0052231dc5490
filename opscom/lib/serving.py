"""Send stored files to those who may have them. They are private: no shared cache keeps one, and no browser guesses what it is."""

from django.core.files.base import File
from django.http import FileResponse, Http404

PRIVATE = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}


def send_file(file: "File[bytes]", *, name: str, kind: str) -> FileResponse:
    """A file of somebody, to be saved and never shown by the browser in our name; 404 for one that is gone."""
    return FileResponse(_open(file), as_attachment=True, filename=name, content_type=kind, headers=PRIVATE)


def show_picture(file: "File[bytes]", *, seconds: int = 0) -> FileResponse:
    """A picture that we drew ourselves, so it may be shown; the browser keeps it for so long. 404 for one that is gone."""
    headers = PRIVATE | ({"Cache-Control": f"private, max-age={seconds}"} if seconds else {})
    return FileResponse(_open(file), content_type="image/jpeg", headers=headers)


def _open(file: "File[bytes]") -> "File[bytes]":
    try:
        if not file:
            raise FileNotFoundError
        return file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
