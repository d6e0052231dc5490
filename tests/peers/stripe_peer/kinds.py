"""Readers for one parameter value each: they turn form text into JSON values or refuse in Stripe's words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from .errors import ApiError, missing
from .form import Raw

INTEGER = re.compile(r"-?[0-9]{1,18}")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
MAX_TEXT = 5000


class Kind(Protocol):
    """A parameter type. ``param`` is the full bracket name, for the error."""

    def read(self, raw: Raw, param: str) -> Any: ...


@dataclass(frozen=True)
class Scalar:
    """str, int, bool, float or Decimal. Integers must be digits only: ``12.0`` and ``1e3`` are refused."""

    name: str

    def read(self, raw: Raw, param: str) -> Any:
        if not isinstance(raw, str):
            raise ApiError(f"Invalid string: {_shown(raw)}", param=param)
        if raw == "":
            raise ApiError(
                f"You passed an empty string for '{param}'. We assume empty values are an attempt to unset a parameter; "
                f"however '{param}' cannot be unset. You should remove '{param}' from your request or supply a "
                "non-empty value.",
                code="parameter_invalid_empty",
                param=param,
            )
        if self.name == "int":
            return self._integer(raw, param)
        if self.name == "bool":
            return self._boolean(raw, param)
        if self.name in ("float", "Decimal"):
            return self._number(raw, param)
        if len(raw) > MAX_TEXT:
            raise ApiError(f"Invalid string: must be at most {MAX_TEXT} characters", param=param)
        return raw

    def _integer(self, raw: str, param: str) -> int:
        if not INTEGER.fullmatch(raw):
            raise ApiError(f"Invalid integer: {raw}", code="parameter_invalid_integer", param=param)
        return int(raw)

    def _boolean(self, raw: str, param: str) -> bool:
        if raw not in ("true", "false"):
            raise ApiError(f"Invalid boolean: {raw}", param=param)
        return raw == "true"

    def _number(self, raw: str, param: str) -> str:
        """Decimal text, kept as text: Stripe also answers decimals as strings."""
        if not NUMBER.fullmatch(raw):
            raise ApiError(f"Invalid decimal: {raw}", param=param)
        return raw


@dataclass(frozen=True)
class Enum:
    """A closed set of strings."""

    values: tuple[str, ...]

    def read(self, raw: Raw, param: str) -> str:
        if isinstance(raw, str) and raw in self.values:
            return raw
        raise ApiError(f"Invalid {param}: must be {_listed(value for value in self.values if value)}", param=param)


@dataclass(frozen=True)
class ListOf:
    """``name[0]``, ``name[1]``…, consecutive from 0."""

    item: Kind

    def read(self, raw: Raw, param: str) -> list[Any]:
        if isinstance(raw, str) or sorted(raw) != sorted(str(index) for index in range(len(raw))):
            raise ApiError("Invalid array", param=param)
        return [self.item.read(raw[str(index)], f"{param}[{index}]") for index in range(len(raw))]


@dataclass(frozen=True)
class DictOf:
    """Free keys, e.g. ``metadata[payment]``. Limits: https://docs.stripe.com/api/metadata."""

    value: Kind

    def read(self, raw: Raw, param: str) -> dict[str, Any]:
        if isinstance(raw, str):
            raise ApiError("Invalid object", param=param)
        if len(raw) > 50:
            raise ApiError("Metadata can have at most 50 keys.", param=param)
        for key, value in raw.items():
            if len(key) > 40:
                raise ApiError(f"Metadata keys must be at most 40 characters; got '{key}'.", param=param)
            if isinstance(value, str) and len(value) > 500:
                raise ApiError("Metadata values can have up to 500 characters.", param=f"{param}[{key}]")
        return {key: self.value.read(value, f"{param}[{key}]") for key, value in raw.items()}


@dataclass
class Shape:
    """An object with known keys. Mutable only while the schema reader builds it."""

    fields: dict[str, Kind]
    required: frozenset[str]

    def read(self, raw: Raw, param: str = "") -> dict[str, Any]:
        if isinstance(raw, str):
            raise ApiError("Invalid object", param=param)
        for key in raw:
            if key not in self.fields:
                name = _nested(param, key)
                raise ApiError(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)
        for key in self.fields:
            if key in self.required and key not in raw:
                raise missing(_nested(param, key))
        return {key: self.fields[key].read(value, _nested(param, key)) for key, value in raw.items()}


@dataclass(frozen=True)
class OneOf:
    """A union: text goes to the text branches, a hash to the hash branches; the first that accepts wins."""

    options: tuple[Kind, ...]

    def read(self, raw: Raw, param: str) -> Any:
        wants_text = isinstance(raw, str)
        fitting = [option for option in self.options if isinstance(option, (Scalar, Enum)) == wants_text]
        problem = ApiError(f"Invalid {'object' if wants_text else 'string'}", param=param)
        for option in fitting:
            try:
                return option.read(raw, param)
            except ApiError as error:
                problem = error
        raise problem


def _nested(param: str, key: str) -> str:
    return f"{param}[{key}]" if param else key


def _listed(values: Iterable[str]) -> str:
    names = list(values) or ["an empty string"]
    return names[0] if len(names) == 1 else f"one of {', '.join(names[:-1])}, or {names[-1]}"


def _shown(raw: Raw) -> str:
    return raw if isinstance(raw, str) else "{" + ", ".join(sorted(raw)) + "}"
