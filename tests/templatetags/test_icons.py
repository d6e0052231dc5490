"""Icons are the package's own, drawn once."""

import pytest
from django.template import Context, Template

from opscom.templatetags import icons


@pytest.mark.parametrize("tag", ["heroicon_mini", "heroicon_outline"])
def test_icon_is_the_packages_and_drawn_once(tag: str) -> None:
    source = f'{{% {tag} "home" class="icon" %}}'
    drawn = Template(source).render(Context())
    assert drawn == Template("{% load heroicons %}" + source).render(Context())
    hits = getattr(icons, tag).cache_info().hits
    Template(source).render(Context())
    assert getattr(icons, tag).cache_info().hits == hits + 1


def test_icon_is_escaped() -> None:
    drawn = Template('{% heroicon_mini "home" class=name %}').render(Context({"name": '"><script>'}))
    assert "<script" not in drawn
