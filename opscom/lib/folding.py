"""Templates with fewer nodes.

Django renders every text, translation, address, static file and icon of a page by itself and anew each time, though what they write
changes with the language alone. This loader folds neighbours of these kinds into one node, which keeps its text for each language.
Nothing that comes from a context is kept, so no answer to anybody is: what a page says of a person is rendered each time.

A tag of ours that always answers the same to the same words, apart from the language, says so with `@constant`.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, TypeVar

from django.conf import settings
from django.template import Node, NodeList, Template
from django.template.base import FilterExpression, TextNode, Variable, render_value_in_context
from django.template.context import Context
from django.template.defaulttags import CommentNode, LoadNode, URLNode
from django.template.library import SimpleNode
from django.template.loaders import cached
from django.template.smartif import TokenBase
from django.templatetags.i18n import BlockTranslateNode, LanguageNode, TranslateNode
from django.templatetags.static import StaticNode
from django.urls import get_script_prefix, reverse
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext

Tag = TypeVar("Tag", bound=Callable[..., Any])
SITUATION = "folding_situation"


def constant(tag: Tag) -> Tag:
    """Mark the function of a simple tag: it depends on its arguments and the language, and on nothing else."""
    tag.is_constant = True  # type: ignore[attr-defined]
    return tag


class Loader(cached.Loader):
    """Keeps templates as Django's does, folded."""

    def get_template(self, template_name: str, skip: list[Any] | None = None) -> Template:
        """Folded before anybody else sees it."""
        template: Template = super().get_template(template_name, skip)
        if not getattr(template, "is_folded", False):
            _fold(template.nodelist)
            template.is_folded = True  # type: ignore[attr-defined]
        return template


class FoldedNode(Node):
    """Neighbours that write the same to everybody who reads a language."""

    child_nodelists = ()

    def __init__(self, nodes: list[Node]) -> None:
        self.nodes = nodes
        self.texts: dict[Any, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        """What they write here."""
        situation = _situation(context)
        text = self.texts.get(situation)
        if text is None:
            text = SafeString("".join(str(node.render_annotated(context)) for node in self.nodes))
            self.texts[situation] = text
        return text

    render_annotated = render


def _situation(context: Context) -> Any:
    """Language, the address at which the portal lies, and whether signs are escaped; looked up once a page, for that takes as
    long as rendering a node."""
    known: dict[Any, Any] = context.render_context.dicts[0]
    if SITUATION not in known:
        known[SITUATION] = get_language(), get_script_prefix()
    return known[SITUATION], context.autoescape


def _fold(nodes: NodeList) -> None:
    """In place: blocks and loops are known to others by the list that they hold. What is in another language than its page is
    left as it is, for the page's is looked up once."""
    for node in nodes:
        if isinstance(node, LanguageNode):
            continue
        for expression in _expressions_in(list(vars(node).values())):
            if type(expression.var) is Variable and expression.var.lookups is not None:
                expression.var = QuickVariable(expression.var.var)
        for inside in _lists_of(node):
            _fold(inside)
    nodes[:] = _folded(nodes)


def _expressions_in(held: Any) -> Iterator[FilterExpression]:
    """What a node asks a context for, the parts of a condition included."""
    if isinstance(held, FilterExpression):
        yield held
    elif isinstance(held, dict):
        yield from _expressions_in(list(held.values()))
    elif isinstance(held, list | tuple) and not isinstance(held, NodeList):
        for part in held:
            yield from _expressions_in(part)
    elif isinstance(held, TokenBase):
        yield from _expressions_in([held.first, held.second, held.value])


def _lists_of(node: Node) -> Iterator[NodeList]:
    held = vars(node)
    yield from (part for part in held.values() if isinstance(part, NodeList))
    yield from (part for _condition, part in held.get("conditions_nodelists", ()))


def _folded(nodes: NodeList) -> Iterator[Node]:
    run: list[Node] = []
    for node in [*nodes, None]:
        if node is not None and _is_constant(node):
            run.append(node)
            continue
        if run:
            yield FoldedNode(run) if any(type(part) is not TextNode for part in run) else _joined(run)
        run = []
        if node is not None:
            yield _slimmed(node)


class QuickVariable(Variable):
    """A name with attributes, looked up without the exceptions by which Django tries what a thing may be. Whatever is neither an
    attribute of a plain object nor a word of a dictionary is left to Django, errors included."""

    def resolve(self, context: Any) -> Any:
        """Its value there."""
        first, *others = self.lookups or ()
        try:
            current = context[first]
            for name in others:
                if callable(current):
                    return super().resolve(context)
                if type(current) is dict:
                    current = current[name]
                elif hasattr(type(current), "__getitem__"):
                    return super().resolve(context)
                else:
                    current = getattr(current, name)
        except Exception:
            return super().resolve(context)
        return super().resolve(context) if callable(current) else current


class SentenceNode(Node):
    """{% blocktranslate %}, whose words are put together as the template is read and translated once a language."""

    child_nodelists = ()

    def __init__(self, node: Any) -> None:
        self.node, self.origin, self.token = node, node.origin, node.token
        self.singular, names = node.render_token_list(node.singular)
        self.plural = ""
        if node.plural:
            self.plural, more = node.render_token_list(node.plural)
            names.extend(more)
        self.names = dict.fromkeys(names)
        self.texts: dict[Any, str] = {}

    def render(self, context: Context) -> str:
        """As the tag itself does, which is asked where anything is unusual."""
        values = {name: expression.resolve(context) for name, expression in self.node.extra_context.items()}
        count = None
        if self.plural:
            values[self.node.countervar] = count = self.node.counter.resolve(context)
        try:
            written = {name: _written(name, values, context) for name in self.names}
            text = self._translated(count, context) % written
        except (KeyError, TypeError, ValueError):
            return str(self.node.render(context))
        if self.node.asvar:
            context[self.node.asvar] = SafeString(text)
            return ""
        return text

    def _translated(self, count: Any, context: Context) -> str:
        if self.plural:
            return ngettext(self.singular, self.plural, count)
        situation = _situation(context)
        if situation not in self.texts:
            self.texts[situation] = gettext(self.singular)
        return self.texts[situation]


class AddressNode(Node):
    """{% url %} of a fixed name, with what a row says of itself."""

    child_nodelists = ()

    def __init__(self, node: URLNode) -> None:
        self.node, self.origin, self.token = node, node.origin, node.token
        self.name = str(node.view_name.var)

    def render(self, context: Context) -> str:
        """As the tag itself does, which is asked where anything is unusual."""
        arguments = tuple(argument.resolve(context) for argument in self.node.args)
        if not all(type(argument) in (str, int) for argument in arguments):
            return str(self.node.render(context))
        (_language, prefix), is_escaped = _situation(context)
        address = _address(self.name, arguments, prefix)
        return conditional_escape(address) if is_escaped else address


@lru_cache(maxsize=4096)
def _address(name: str, arguments: tuple[str | int, ...], _prefix: str) -> str:
    return reverse(name, args=arguments)


def _slimmed(node: Node) -> Node:
    """Something quicker in its place, where there is."""
    if type(node) is BlockTranslateNode and _is_plain_sentence(node):
        return SentenceNode(node)
    if type(node) is URLNode and node.args and not node.kwargs and node.asvar is None and _is_literal(node.view_name):
        return AddressNode(node)
    return node


def _is_plain_sentence(node: Any) -> bool:
    counter = node.counter.var if node.counter else None
    counts_a_value = isinstance(counter, Variable) and counter.lookups and counter.lookups[0] in node.extra_context
    return node.message_context is None and bool(node.counter) == bool(node.plural) and not counts_a_value


def _written(name: str, values: dict[str, Any], context: Context) -> str:
    """KeyError where nobody knows the name. Django asks the language even how to write a whole number."""
    value = values[name] if name in values else context[name]
    if type(value) is int and not settings.USE_THOUSAND_SEPARATOR:
        return str(value)
    return str(render_value_in_context(value, context))


def _joined(texts: list[Node]) -> TextNode:
    return TextNode("".join(text.s for text in texts if isinstance(text, TextNode)))


def _is_constant(node: Node) -> bool:
    """Exactly these classes: what inherits from them may do more."""
    kind = type(node)
    if kind in (TextNode, CommentNode, LoadNode):
        return True
    judge = JUDGES.get(kind)
    return judge is not None and judge(node)


def _is_constant_translation(node: Any) -> bool:
    expression = node.filter_expression
    literal = isinstance(expression.var, Variable) and expression.var.lookups is None and not expression.filters
    return literal and node.asvar is None and node.message_context is None


def _is_constant_address(node: Any) -> bool:
    parts = [node.view_name, *node.args, *node.kwargs.values()]
    return node.asvar is None and all(map(_is_literal, parts))


def _is_constant_file(node: Any) -> bool:
    return node.varname is None and _is_literal(node.path)


def _is_constant_tag(node: Any) -> bool:
    said = getattr(node.func, "is_constant", False) and not node.takes_context and node.target_var is None
    return said and all(map(_is_literal, [*node.args, *node.kwargs.values()]))


def _is_literal(expression: FilterExpression) -> bool:
    return not expression.filters and (not expression.is_var or expression.var.lookups is None)


JUDGES: dict[type[Node], Callable[[Any], bool]] = {
    TranslateNode: _is_constant_translation,
    URLNode: _is_constant_address,
    StaticNode: _is_constant_file,
    SimpleNode: _is_constant_tag,
}
