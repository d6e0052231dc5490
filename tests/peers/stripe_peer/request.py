"""One API request after authentication, decoding and validation."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .errors import JsonObject
from .events import Cause
from .state import Peer


@dataclass(frozen=True)
class ApiRequest:
    """``identifier`` is the id in the path, if any; ``params`` are typed values without ``expand``."""

    path: str
    identifier: str
    params: dict[str, Any]
    cause: Cause


Endpoint = Callable[[Peer, ApiRequest], JsonObject]
