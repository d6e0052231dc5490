"""``expand[]``: ids become objects, and lists left out by default appear. https://docs.stripe.com/api/expanding_objects"""

import copy

from .errors import ApiError, JsonObject
from .store import Store

LINKS = {
    ("checkout.session", "payment_intent"): "payment_intent",
    ("checkout.session", "customer"): "customer",
    ("payment_intent", "latest_charge"): "charge",
    ("payment_intent", "customer"): "customer",
    ("payment_intent", "payment_method"): "payment_method",
    ("charge", "payment_intent"): "payment_intent",
    ("charge", "customer"): "customer",
    ("refund", "payment_intent"): "payment_intent",
    ("refund", "charge"): "charge",
    ("checkout.session", "setup_intent"): "setup_intent",
    ("setup_intent", "payment_method"): "payment_method",
    ("balance_transaction", "source"): "source",
}
EMBEDDED = {("checkout.session", "line_items"): "item", ("charge", "refunds"): "refund"}
SOURCES = {"ch": "charge", "re": "refund", "du": "dispute"}
MAX_DEPTH = 4


def check_paths(returns: str, paths: list[str]) -> None:
    """Refuse bad paths before any work is done. ``returns`` is an object kind, or ``list:<kind>``."""
    for path in paths:
        parts = path.split(".")
        if len(parts) > MAX_DEPTH:
            raise ApiError(
                f"You cannot expand more than {MAX_DEPTH} levels of a property. Property: {path}", param="expand"
            )
        kind = returns
        while parts:
            name = parts.pop(0)
            if kind.startswith("list:"):
                if name != "data" or not parts:
                    raise _cannot(path)
                kind = kind.removeprefix("list:")
            elif (kind, name) in EMBEDDED:
                kind = f"list:{EMBEDDED[kind, name]}"
            elif (kind, name) in LINKS:
                kind = LINKS[kind, name]
            else:
                raise _cannot(path)


def expand(store: Store, answer: JsonObject, paths: list[str]) -> JsonObject:
    """A deep copy of ``answer`` with every (checked) path filled in."""
    result = copy.deepcopy(answer)
    for path in paths:
        _fill(store, result, path.split("."))
    return result


def _fill(store: Store, node: JsonObject, parts: list[str]) -> None:
    head, rest = parts[0], parts[1:]
    if node["object"] == "list":
        for row in node["data"]:
            _fill(store, row, rest)
        return
    _resolve(store, node, head)
    if rest and node[head] is not None:
        _fill(store, node[head], rest)


def _resolve(store: Store, node: JsonObject, name: str) -> None:
    """Replace one property in place, unless an earlier path already did."""
    kind, identifier = node["object"], node["id"]
    if (kind, name) in LINKS:
        if isinstance(node[name], str):
            linked = LINKS[kind, name]
            linked = SOURCES[node[name][:2]] if linked == "source" else linked
            node[name] = copy.deepcopy(store.get(linked, node[name]))
    elif name == "line_items":
        node.setdefault(name, _embedded(store.line_items[identifier], f"/v1/checkout/sessions/{identifier}/line_items"))
    else:
        refunds = [refund for refund in store.newest_first("refund") if refund["charge"] == identifier]
        node.setdefault(name, _embedded(refunds, f"/v1/charges/{identifier}/refunds"))


def _embedded(rows: list[JsonObject], url: str) -> JsonObject:
    return {"object": "list", "data": copy.deepcopy(rows[:10]), "has_more": len(rows) > 10, "url": url}


def _cannot(path: str) -> ApiError:
    return ApiError(f"This property cannot be expanded ({path}).", param="expand")
