"""List answers and their cursors. https://docs.stripe.com/api/pagination"""

from typing import Any

from .errors import ApiError, JsonObject, no_such
from .request import ApiRequest


def list_page(request: ApiRequest, rows: list[JsonObject], *, newest_first: bool = True) -> JsonObject:
    """One page of ``rows`` (already filtered, in order). ``limit`` is 1-100, by default 10."""
    params = request.params
    if "starting_after" in params and "ending_before" in params:
        raise ApiError("You cannot parameterize both starting_after and ending_before.")
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        edge = "greater than or equal to 1" if limit < 1 else "less than or equal to 100"
        raise ApiError(f"Invalid integer: This value must be {edge}.", code="parameter_invalid_integer", param="limit")
    if newest_first and "created" in params:
        rows = [row for row in rows if _in_range(row["created"], params["created"])]
    if "ending_before" in params:
        earlier = rows[: _position(rows, params["ending_before"], "ending_before")]
        page, has_more = earlier[-limit:], len(earlier) > limit
    else:
        start = _position(rows, params["starting_after"], "starting_after") + 1 if "starting_after" in params else 0
        page, has_more = rows[start : start + limit], len(rows) > start + limit
    return {"object": "list", "data": page, "has_more": has_more, "url": request.path}


def _position(rows: list[JsonObject], identifier: str, param: str) -> int:
    for index, row in enumerate(rows):
        if row["id"] == identifier:
            return index
    raise no_such("object", identifier, param=param, status=400)


def _in_range(created: int, wanted: Any) -> bool:
    """``wanted`` is unix seconds, or a dict of gt, gte, lt, lte."""
    if isinstance(wanted, int):
        return created == wanted
    checks = {
        "gt": lambda edge: created > edge,
        "gte": lambda edge: created >= edge,
        "lt": lambda edge: created < edge,
        "lte": lambda edge: created <= edge,
    }
    return all(checks[name](edge) for name, edge in wanted.items())
