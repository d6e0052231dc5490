"""Texts that the office writes itself: placeholders, a few plain filters, if and for, and nothing that reaches further.

A text is compiled by an engine that knows no other tag, every name in it is checked against the placeholders of its kind, and
what it is rendered with holds plain values only: there is no object whose attributes could be walked.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, ClassVar

from django.template import Context, Template, TemplateSyntaxError, Variable, VariableDoesNotExist
from django.template.base import FilterExpression, Node, TextNode, VariableNode
from django.template.defaulttags import ForNode, IfNode
from django.template.engine import Engine
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from opscom.lib.errors import PortalError

LONGEST, LONGEST_RENDERED, MOST_ITEMS = 20_000, 60_000, 200
LOOP = frozenset({"forloop.counter", "forloop.first", "forloop.last"})
CONSTANTS = frozenset({"True", "False", "None"})
LOOSE = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")


class WordingError(PortalError):
    """A text that cannot be used: in which line, and what is wrong there."""

    code = "wording"


@dataclass(frozen=True)
class Blank:
    """A placeholder: its name, what it means, and an example. A list has `items`, the names below each of its members, or
    `columns`, how many values stand in each."""

    name: str
    meaning: str | Promise = ""
    sample: Any = ""
    items: tuple[str, ...] = ()
    columns: int = 0

    @property
    def is_list(self) -> bool:
        """It is used with for."""
        return bool(self.items or self.columns)

    @property
    def written(self) -> str:
        """How it is written in a text."""
        if not self.is_list:
            return f"{{{{ {self.name}{self._usual_filter} }}}}"
        names = ", ".join("abcd"[: max(1, self.columns)])
        below = " ".join(f"{{{{ a.{item} }}}}" for item in self.items)
        return f"{{% for {names} in {self.name} %}}{below or '…'}{{% endfor %}}"

    @property
    def _usual_filter(self) -> str:
        if isinstance(self.sample, datetime):
            return '|date:"DATETIME_FORMAT"'
        return "|money" if isinstance(self.sample, Decimal) else "|date" if isinstance(self.sample, date) else ""

    @property
    def shown(self) -> str:
        """The example, in words."""
        if self.is_list:
            return ", ".join(str(member if self.columns == 1 else "…") for member in self.sample)
        if isinstance(self.sample, bool):
            return _("yes") if self.sample else _("no")
        if isinstance(self.sample, datetime):
            return date_format(localtime(self.sample), "SHORT_DATETIME_FORMAT")
        return date_format(self.sample, "SHORT_DATE_FORMAT") if isinstance(self.sample, date) else str(self.sample)


class Part(dict[str, Any]):
    """A value that has others below it: printed, and in a condition, it is itself."""

    shown, present = "", False

    def __bool__(self) -> bool:
        return self.present

    def __str__(self) -> str:
        return self.shown


@dataclass(frozen=True)
class CheckedText:
    """A text that was checked, and the placeholders that it names."""

    template: Template
    names: frozenset[str] = field(default_factory=frozenset)

    def render(self, values: Mapping[str, Any]) -> str:
        """The text with those values, in the active language. WordingError where it grows beyond all measure."""
        text = str(self.template.render(Context(dict(values), autoescape=False)))
        if len(text) > LONGEST_RENDERED:
            raise WordingError(_("Filled in, the text is longer than anybody reads. Shorten it."))
        return text


class _PlainEngine(Engine):
    default_builtins: ClassVar[list[str]] = []


_engine = _PlainEngine(autoescape=False, builtins=["opscom.lib.plain_words"])


def compile_wording(text: str, blanks: Iterable[Blank], *, required: Iterable[str] = ()) -> CheckedText:
    """The text, ready to be rendered. WordingError names the first line that cannot be read, a name that this kind does not
    have, or one of the `required` that is missing."""
    if len(text) > LONGEST:
        raise WordingError(_("A text has at most %(n)s characters.") % {"n": LONGEST})
    try:
        template = Template(text, engine=_engine)
        names = frozenset(_Check(blanks).names_of(template.nodelist))
    except TemplateSyntaxError as error:
        raise WordingError(_unreadable(error, text)) from error
    except RecursionError as error:
        raise WordingError(_("The text holds too many conditions within each other.")) from error
    for node in template.nodelist.get_nodes_by_type(VariableNode):
        node.filter_expression.filters.append((_or_nothing, []))  # type: ignore[attr-defined]
    for name in required:
        if name not in names:
            raise WordingError(_("The text must hold {{ %(name)s }}; without it nobody can use it.") % {"name": name})
    return CheckedText(template, names)


def names_in(text: str, lists: Iterable[Blank]) -> frozenset[str]:
    """What a text of the portal itself names, whatever it is; its loops go through one of these lists."""
    return frozenset(_Walk(lists).names_of(Template(text, engine=_engine).nodelist))


def values_of(
    context: Mapping[str, Any], blanks: Sequence[Blank], *, only: frozenset[str] | None = None
) -> dict[str, Any]:
    """Of what the portal knows, the plain values of these placeholders; of those named in `only`, where that is given."""
    values: dict[str, Any] = {}
    wanted = [blank for blank in blanks if only is None or blank.name in only]
    for blank in sorted(wanted, key=lambda blank: blank.name.count(".")):
        _put(values, blank.name, _list_of(context, blank) if blank.is_list else _plain(_found(context, blank.name)))
    return values


def samples_of(blanks: Sequence[Blank]) -> dict[str, Any]:
    """The examples of these placeholders."""
    values: dict[str, Any] = {}
    for blank in sorted(blanks, key=lambda blank: blank.name.count(".")):
        _put(values, blank.name, _list_of({blank.name: blank.sample}, blank) if blank.is_list else _plain(blank.sample))
    return values


def _or_nothing(value: Any) -> Any:
    """What is not there is not printed; the last filter of every placeholder."""
    return "" if value is None else value


def _put(values: dict[str, Any], name: str, value: Any) -> None:
    """Under its dotted name; what has others below it becomes a part that still prints."""
    *way, last = name.split(".")
    for step in way:
        above = values.get(step)
        if not isinstance(above, Part):
            part = Part()
            part.shown, part.present = "" if above is None else str(above), bool(above)
            values[step] = part
        values = values[step]
    values[last] = value


def _found(context: Any, name: str) -> Any:
    try:
        return Variable(name).resolve(context)
    except (VariableDoesNotExist, AttributeError):  # a plain dict has no engine to ask what a missing row prints
        return None


def _list_of(context: Mapping[str, Any], blank: Blank) -> list[Any]:
    found = list(_found(context, blank.name) or ())[:MOST_ITEMS]
    if blank.columns == 1:
        return [_plain(member) for member in found]
    if blank.columns:
        return [tuple(_plain(value) for value in member) for member in found]
    return [
        values_of({"member": member}, [Blank(f"member.{item}") for item in blank.items])["member"] for member in found
    ]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | Decimal | date):
        return value
    return value[:LONGEST] if type(value) is str else str(value)[:LONGEST]


class _Walk:
    """Goes through a compiled text, and names what it uses."""

    def __init__(self, blanks: Iterable[Blank]) -> None:
        self.blanks = {blank.name: blank for blank in blanks}
        self.lists = {name for name, blank in self.blanks.items() if blank.is_list}

    def names_of(self, nodes: Iterable[Any], own: frozenset[str] = frozenset()) -> Iterator[str]:
        """The placeholders in these nodes; `own` are the names that a loop around them makes."""
        for node in nodes:
            if isinstance(node, TextNode):
                self._judge_words(node)
            elif isinstance(node, VariableNode):
                yield from self._names(node.filter_expression, node, own)
            elif isinstance(node, IfNode):
                for condition, inside in node.conditions_nodelists:
                    yield from self._in_condition(condition, node, own)
                    yield from self.names_of(inside, own)
            elif isinstance(node, ForNode):
                yield from self._in_loop(node, own)

    def _in_condition(self, condition: Any, node: Node, own: frozenset[str]) -> Iterator[str]:
        for side in (getattr(condition, "first", None), getattr(condition, "second", None)):
            if side is not None:
                yield from self._in_condition(side, node, own)
        value = getattr(condition, "value", None)
        if isinstance(value, FilterExpression):
            yield from self._names(value, node, own)

    def _in_loop(self, node: ForNode, own: frozenset[str]) -> Iterator[str]:
        name = str(node.sequence)
        if own:
            raise WordingError(_at(node, _("a for inside of another one is not possible.")))
        blank = self.blanks.get(name)
        if blank is None or not blank.is_list:
            raise WordingError(_at(node, _("for goes through a list, and “%(name)s” is none.") % {"name": name}))
        if len(node.loopvars) != max(1, blank.columns):
            wanted = {"name": name, "n": max(1, blank.columns)}
            raise WordingError(
                _at(node, _("for over “%(name)s” takes as many names as it has columns: %(n)s.") % wanted)
            )
        below = {f"{node.loopvars[0]}.{item}" for item in blank.items} if blank.items else set(node.loopvars)
        yield name
        yield from self.names_of(node.nodelist_loop, frozenset(below) | LOOP)
        yield from self.names_of(node.nodelist_empty, own)

    def _names(self, expression: FilterExpression, node: Node, own: frozenset[str]) -> Iterator[str]:
        arguments = [value for _filter, pairs in expression.filters for is_name, value in pairs if is_name]
        for variable in (expression.var, *arguments):
            named = isinstance(variable, Variable) and variable.lookups is not None
            if named and variable.var not in own | CONSTANTS:
                self._judge(str(variable.var), node, own)
                yield str(variable.var)

    def _judge(self, name: str, node: Node, own: frozenset[str]) -> None:
        """Whether there is such a name."""

    def _judge_words(self, node: TextNode) -> None:
        """Whether words are only words."""


class _Check(_Walk):
    """The same for a text that somebody wrote: raises WordingError at what it must not hold."""

    def _judge(self, name: str, node: Node, own: frozenset[str]) -> None:
        if name not in self.blanks:
            raise WordingError(_at(node, self._unknown(name, own)))

    def _unknown(self, name: str, own: frozenset[str]) -> str:
        near = get_close_matches(name, [*self.blanks, *own], n=1)
        if near:
            names = {"name": name, "near": near[0]}
            return _("there is no placeholder “%(name)s” here. Did you mean “%(near)s”?") % names
        return _("there is no placeholder “%(name)s” here. The list shows those that there are.") % {"name": name}

    def _judge_words(self, node: TextNode) -> None:
        loose = LOOSE.search(node.s)
        if loose:
            raise WordingError(
                _at(node, _("“%(sign)s” stands alone.") % {"sign": loose.group()}, node.s[: loose.start()])
            )


def _at(node: Node, problem: str, before: str = "") -> str:
    token = getattr(node, "token", None)
    line = (token.lineno or 1 if token else 1) + before.count("\n")
    return _("Line %(line)s: %(problem)s") % {"line": line, "problem": problem}


def _unreadable(error: TemplateSyntaxError, text: str) -> str:
    token = getattr(error, "token", None)
    said = f"{token.contents:.60}" if token else f"{text:.60}"
    problem = _("“%(code)s” cannot be read. A text holds placeholders and their filters, if … endif and for … endfor.")
    return _("Line %(line)s: %(problem)s") % {"line": token.lineno if token else 1, "problem": problem % {"code": said}}
