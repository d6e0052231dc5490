"""Files as people send them, good ones and bad ones."""

import struct
import zlib
from collections.abc import Callable
from functools import reduce
from io import BytesIO
from itertools import repeat

import pikepdf
from django.core.files.uploadedfile import SimpleUploadedFile
from pikepdf import Array, Dictionary, Name
from PIL import Image


def picture(form: str = "JPEG", size: tuple[int, int] = (640, 480), colour: str = "grey", **options: object) -> bytes:
    """The bytes of a small picture."""
    stream = BytesIO()
    Image.new("RGB", size, colour).save(stream, form, **options)
    return stream.getvalue()


def upload(content: bytes, name: str) -> SimpleUploadedFile:
    """A file as a browser sends it; what it says about its type is not believed."""
    return SimpleUploadedFile(name, content, content_type="application/octet-stream")


def pdf(change: Callable[[pikepdf.Pdf], object] | None = None, *, text: str = "lease", **options: object) -> bytes:
    """A PDF of one blank page, changed by the function."""
    document = pikepdf.new()
    document.add_blank_page()
    document.docinfo["/Title"] = text
    if change:
        change(document)
    stream = BytesIO()
    document.save(stream, **{"deterministic_id": "encryption" not in options} | options)
    return stream.getvalue()


def _action(kind: str, **fields: object) -> Dictionary:
    return Dictionary(S=Name(f"/{kind}"), **fields)


def _annotate(document: pikepdf.Pdf, **fields: object) -> None:
    note = Dictionary(Type=Name.Annot, Rect=Array([0, 0, 9, 9]), **fields)
    document.pages[0].Annots = Array([document.make_indirect(note)])


# Each makes a PDF that does more than show something.
ACTIVE: dict[str, Callable[[pikepdf.Pdf], object]] = {
    "opens with a script": lambda d: d.Root.update({"/OpenAction": _action("JavaScript", JS="app.alert(1)")}),
    "script among the names": lambda d: d.Root.update(
        {"/Names": Dictionary(JavaScript=Dictionary(Names=Array(["a", _action("JavaScript", JS="1")])))}
    ),
    "launches a program": lambda d: d.Root.update({"/OpenAction": _action("Launch", F="cmd.exe")}),
    "acts when a page opens": lambda d: d.pages[0].obj.update({"/AA": Dictionary(O=_action("URI", URI="http://x"))}),
    "sends a form": lambda d: _annotate(d, Subtype=Name.Widget, A=_action("SubmitForm", F="http://x")),
    "holds a file": lambda d: d.attachments.update({"evil.exe": b"MZ"}),
    "carries a file on a page": lambda d: _annotate(d, Subtype=Name.FileAttachment),
    "XFA form": lambda d: d.Root.update({"/AcroForm": Dictionary(XFA=d.make_stream(b"<xdp/>"))}),
    "rich media": lambda d: _annotate(d, Subtype=Name.RichMedia),
    "one action after another": lambda d: d.Root.update(
        {"/OpenAction": _action("GoTo", D=Array([]), Next=Array([_action("JavaScript", JS="1")]))}
    ),
}


def bomb() -> bytes:
    """A PNG of a few bytes that claims 20,000 × 20,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def pdf_bomb(inflated: int) -> bytes:
    """A small PDF whose objects are packed into a stream of that many bytes."""
    squeeze = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    block, times = b" " * 1_000_000, inflated // 1_000_000
    again = squeeze.compress(block) + squeeze.flush(zlib.Z_FULL_FLUSH)  # refers to nothing before it
    checksum = reduce(lambda known, part: zlib.adler32(part, known), repeat(block, times), 1)
    packed = b"\x78\xda" + again * times + squeeze.flush() + struct.pack(">I", checksum)
    head = b"%PDF-1.5\n"
    start = f"1 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length {len(packed)}>>stream\n".encode()
    body = start + packed + b"\nendstream\nendobj\n"
    table = struct.pack(">BIB", 0, 0, 0) + struct.pack(">BIB", 1, len(head), 0) + struct.pack(">BIB", 2, 1, 0)
    at = len(head) + len(body)
    xref = f"3 0 obj\n<</Type/XRef/Size 3/W[1 4 1]/Root 2 0 R/Length {len(table)}>>stream\n".encode() + table
    return head + body + xref + f"\nendstream\nendobj\nstartxref\n{at}\n%%EOF\n".encode()
