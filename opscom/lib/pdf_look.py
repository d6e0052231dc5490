"""Look through the PDF on the standard input and print one word: ok, active, locked or broken.

Run as a program of its own, with limits on time and memory, because the file is a stranger's: see `opscom.lib.files`.
"""

import resource
import sys
from io import BytesIO

import pikepdf

CPU_SECONDS = 10
MOST_MEMORY = 1024 * 1024 * 1024
MOST_OBJECTS = 200_000
# Keys and action types that make a reader run, start, fetch, send or unpack something.
ACTIVE_KEYS = {
    "/JS",
    "/JavaScript",
    "/AA",
    "/EmbeddedFile",
    "/EmbeddedFiles",
    "/EF",
    "/RichMedia",
    "/RichMediaContent",
    "/XFA",
}
ACTIVE_TYPES = {
    "/JavaScript",
    "/Launch",
    "/GoToE",
    "/ImportData",
    "/SubmitForm",
    "/Rendition",
    "/RichMediaExecute",
    "/RichMedia",
    "/EmbeddedFile",
    "/FileAttachment",
    "/Movie",
    "/Sound",
    "/Screen",
    "/3D",
}


TYPE_KEYS = ("/S", "/Subtype", "/Type")
ACTIVE_NAMES = {pikepdf.Name(name) for name in ACTIVE_TYPES}


def look(content: bytes) -> str:
    """The word for this PDF."""
    try:
        with pikepdf.open(BytesIO(content)) as pdf:
            if len(pdf.objects) > MOST_OBJECTS:
                return "broken"
            if any(acts(thing) for thing in pdf.objects) or acts(pdf.trailer):
                return "active"
            return "ok" if len(pdf.pages) else "broken"
    except pikepdf.PasswordError:
        return "locked"
    except (pikepdf.PdfError, pikepdf.ForeignObjectError, ValueError, TypeError, RuntimeError, RecursionError):
        return "broken"


def acts(root: pikepdf.Object) -> bool:
    """Whether this object, or one written inside it, does more than show something. Names come decoded (/J#53 is /JS);
    what it refers to is an object of the file and gets its own turn."""
    waiting = [root]
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, pikepdf.Stream):
            thing = thing.stream_dict
        if isinstance(thing, pikepdf.Dictionary):
            for key, value in thing.items():
                if key in ACTIVE_KEYS or (
                    isinstance(value, pikepdf.Name) and key in TYPE_KEYS and value in ACTIVE_NAMES
                ):
                    return True
                if isinstance(value, pikepdf.Object) and not value.is_indirect:
                    waiting.append(value)
        elif isinstance(thing, pikepdf.Array):
            waiting += [item for item in thing if isinstance(item, pikepdf.Object) and not item.is_indirect]
    return False


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    try:
        sys.stdout.write(look(sys.stdin.buffer.read()))
    except MemoryError:
        sys.stdout.write("broken")
