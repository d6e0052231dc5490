"""A built-in text as the office would write it in one language: without the marks of the translators."""

import re
from collections.abc import Iterator

from django.template import Template
from django.template.base import Lexer, TokenType
from django.templatetags.i18n import BlockTranslateNode
from django.utils.translation import gettext, ngettext, override

NAME = re.compile(r"%\((\w+)\)s")
QUIET = ("load", "autoescape", "endautoescape")


def unfold(source: str, language: str) -> str:
    """The text of a template of the portal in that language, its placeholders where they stand in the translation."""
    with override(language):
        return "".join(_pieces(source)).strip()


def _pieces(source: str) -> Iterator[str]:
    tokens = iter(Lexer(source).tokenize())
    for token in tokens:
        if token.token_type == TokenType.TEXT:
            yield token.contents
        elif token.token_type == TokenType.VAR:
            yield f"{{{{ {token.contents} }}}}"
        elif token.token_type == TokenType.BLOCK:
            tag = token.contents.split()[0]
            if tag == "translate":
                yield _translated(token.contents)
            elif tag == "blocktranslate":
                inside = [token]
                while inside[-1].contents != "endblocktranslate":
                    inside.append(next(tokens))
                yield _translated_block("".join(_written(part.token_type, part.contents) for part in inside))
            elif tag not in QUIET:
                yield f"{{% {token.contents} %}}"


def _written(kind: TokenType, contents: str) -> str:
    around = {TokenType.VAR: "{{{{ {} }}}}", TokenType.BLOCK: "{{% {} %}}"}
    return around.get(kind, "{}").format(contents)


def _translated(contents: str) -> str:
    what = contents.split(None, 1)[1]
    return gettext(what[1:-1]) if what[0] in "\"'" else f"{{{{ {what}|translated }}}}"


def _translated_block(source: str) -> str:
    """The translation with each of its names as the expression that it stands for; of two numbers, a condition."""
    nodes = Template("{% load i18n portal %}" + source).nodelist
    node = next(node for node in nodes if isinstance(node, BlockTranslateNode))
    names = {name: expression.token for name, expression in node.extra_context.items()}
    one = node.render_token_list(node.singular)[0]
    if not (node.plural and node.counter and node.countervar):
        return _with_names(gettext(one), names)
    many, counter = node.render_token_list(node.plural)[0], node.counter.token
    names[node.countervar] = counter
    one, many = (_with_names(ngettext(one, many, n), names) for n in (1, 2))
    return one if one == many else f"{{% if {counter} == 1 %}}{one}{{% else %}}{many}{{% endif %}}"


def _with_names(text: str, names: dict[str, str]) -> str:
    filled = NAME.sub(lambda found: f"{{{{ {names.get(found[1], found[1])} }}}}", text)
    return filled.replace("%%", "%")
