"""What a visitor without an account may see again: what this browser has opened, and what a signed link in an e-mail opens."""

from django.core import signing
from django.http import Http404, HttpRequest

REMEMBERED = 20


def opened(request: HttpRequest, kind: str) -> list[str]:
    """The codes of that kind (a key of the session) that this browser has opened, the newest last."""
    codes: list[str] = request.session.get(kind, [])
    return codes


def remember(request: HttpRequest, kind: str, code: str) -> None:
    """This browser has opened it; the oldest are forgotten."""
    earlier = [known for known in opened(request, kind) if known != code]
    request.session[kind] = [*earlier, code][-REMEMBERED:]


def sign_code(code: str, *, salt: str) -> str:
    """The part of an address that opens it without an account."""
    return signing.dumps(code, salt=salt)


def open_signed(request: HttpRequest, token: str, kind: str, *, salt: str) -> str:
    """The code that a signed link is for, opened in this browser under a new key of its session; 404 for a link that is none
    of ours."""
    try:
        code = str(signing.loads(token, salt=salt))
    except signing.BadSignature as error:
        raise Http404 from error
    if not request.user.is_authenticated:
        request.session.cycle_key()
    remember(request, kind, code)
    return code
