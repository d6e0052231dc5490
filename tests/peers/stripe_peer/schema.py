"""Parameter shapes read from the TypedDict sources of the installed ``stripe`` package, by ``ast``; nothing is executed.

Stripe's SDK writes an enum as ``Literal["a", "b"] | str``. The open ``str`` branch is dropped, else any text would pass.
"""

import ast
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from .errors import ApiError
from .kinds import DictOf, Enum, Kind, ListOf, OneOf, Scalar, Shape

PARAMS_BASES = {"TypedDict", "RequestOptions"}
SCALARS = {"str", "int", "bool", "float", "Decimal"}


class SchemaError(Exception):
    """The SDK's sources use a construct that this reader does not know; better to stop than to let things pass."""


def stripe_root() -> Path:
    """Folder of the installed SDK; finding it imports nothing."""
    spec = find_spec("stripe")
    if spec is None or not spec.submodule_search_locations:
        raise SchemaError("the stripe package is not installed")
    return Path(spec.submodule_search_locations[0])


@cache
def api_version() -> str:
    """The one API version whose shapes the SDK holds, e.g. ``2026-10-28.endive``."""
    tree = ast.parse((stripe_root() / "_api_version.py").read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            if names == ["CURRENT"]:
                return str(node.value.value)
    raise SchemaError("no CURRENT in stripe/_api_version.py")


@cache
def load_params(name: str) -> Shape:
    """The shape of one endpoint: ``checkout.SessionCreate`` is ``SessionCreateParams`` in
    ``stripe/params/checkout/_session_create_params.py``.
    """
    folder, _, type_name = name.rpartition(".")
    module = re.sub(r"(?<!^)(?=[A-Z])", "_", type_name).lower()
    source = (stripe_root() / "params" / folder / f"_{module}_params.py").read_text("utf-8")
    classes = {node.name: node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}
    return _Reader(classes).shape(f"{type_name}Params")


class _Reader:
    """Turns the classes of one params module into kinds."""

    def __init__(self, classes: dict[str, ast.ClassDef]) -> None:
        self.classes = classes
        self.shapes: dict[str, Shape] = {}

    def shape(self, name: str) -> Shape:
        if name not in self.classes:
            raise SchemaError(f"unknown class {name}")
        if name in self.shapes:
            return self.shapes[name]
        node = self.classes[name]
        shape = self.shapes[name] = Shape({}, frozenset())
        if node.keywords:
            raise SchemaError(f"{name} has class keywords")
        for base in node.bases:
            base_name = ast.unparse(base)
            if base_name not in PARAMS_BASES:
                inherited = self.shape(base_name)
                shape.fields.update(inherited.fields)
                shape.required |= inherited.required
        for item in node.body:
            if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
                kind, required = self._field(item.annotation)
                shape.fields[item.target.id] = kind
                shape.required |= {item.target.id} if required else frozenset()
        return shape

    def _field(self, annotation: ast.expr) -> tuple[Kind, bool]:
        node = _unquote(annotation)
        if isinstance(node, ast.Subscript) and _name(node.value) == "NotRequired":
            return self._kind(node.slice), False
        return self._kind(node), True

    def _kind(self, annotation: ast.expr) -> Kind:
        node = _unquote(annotation)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return self._union(_branches(node))
        if isinstance(node, ast.Subscript):
            return self._generic(_name(node.value), node.slice)
        name = _name(node)
        return Scalar(name) if name in SCALARS else self.shape(name)

    def _generic(self, name: str, inner: ast.expr) -> Kind:
        if name == "Literal":
            options = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return Enum(tuple(str(ast.literal_eval(option)) for option in options))
        if name == "Union" and isinstance(inner, ast.Tuple):
            return self._union(inner.elts)
        if name == "List":
            return ListOf(self._kind(inner))
        if name == "Dict" and isinstance(inner, ast.Tuple):
            return DictOf(self._kind(inner.elts[1]))
        raise SchemaError(f"unknown generic {name}")

    def _union(self, branches: list[ast.expr]) -> Kind:
        known = [self._kind(branch) for branch in branches if not ast.unparse(branch).startswith("UntypedStripeObject")]
        literals = tuple(value for kind in known if isinstance(kind, Enum) for value in kind.values)
        others = [kind for kind in known if not isinstance(kind, Enum)]
        if any(literals):
            others = [kind for kind in others if kind != Scalar("str")]
        options: list[Kind] = ([Enum(literals)] if literals else []) + others
        return options[0] if len(options) == 1 else OneOf(tuple(options))


def _unquote(node: ast.expr) -> ast.expr:
    """Resolve a forward reference written as a string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return ast.parse(node.value, mode="eval").body
    return node


def _branches(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _branches(node.left) + _branches(node.right)
    return [node]


def _name(node: ast.expr) -> str:
    if not isinstance(node, ast.Name):
        raise SchemaError(f"unknown annotation {ast.unparse(node)}")
    return node.id


def refuse_unknown_version(version: str | None) -> str:
    """Real Stripe falls back to the account's version; the peer insists that our code says which one it means."""
    if not version:
        raise ApiError("Missing Stripe-Version header: the test peer wants every request to name its API version.")
    if version != api_version():
        raise ApiError(f"Invalid Stripe API version: {version}. The test peer only speaks {api_version()}.")
    return version
