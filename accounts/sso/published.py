"""What a provider publishes about itself: the same for every process, so each keeps its own copy for a while."""

import time

from allauth.socialaccount.adapter import get_adapter

KEPT_SECONDS = 300
_kept: dict[str, tuple[float, bytes]] = {}


def published(url: str, *, fresh: bool = False) -> bytes:
    """The document at that address, at most five minutes old.
    RequestException where it cannot be had."""
    since, document = _kept.get(url, (0.0, b""))
    if fresh or not document or time.monotonic() - since > KEPT_SECONDS:
        with get_adapter().get_requests_session() as session:
            response = session.get(url)
            response.raise_for_status()
            document = response.content
        _kept[url] = time.monotonic(), document
    return document
