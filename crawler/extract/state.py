"""The article in the data that a page's scripts build it from, for pages that show next to no text themselves.

Precise: the object that holds the text must also hold the page's own title.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lxml.html import HtmlElement

from crawler.extract.head import text
from crawler.likeness import alike

SHORT = 250
"""Characters of visible text below which the data are asked."""

LEAST = 400
"""Characters from which a text in the data is an article."""

TITLE = 0.6  #: agreement of the object's title with the page's
_SOURCE_LIMIT = 2_000_000  #: characters of one script
_NODE_LIMIT = 20_000  #: objects and lists that are looked at
_TITLES = ("headline", "title", "name")
_BODIES = frozenset(
    "articlebody body bodyhtml bodytext content contenthtml contenttext html richtext text".split()
)


def sources(tree: HtmlElement) -> list[str]:
    """The page's data as they stand in its scripts; to be taken before scripts are taken out."""
    scripts = (script for script in tree.iter("script") if "json" in (script.get("type") or "").lower())
    return [source for script in scripts if len(source := script.text or "") >= LEAST]


def find(data: Iterable[str], title: str | None) -> str | None:
    """The longest text, HTML or plain, of an object titled like the page."""
    found = [body for source in data if title for body in _texts(_loaded(source), title)]
    return max(found, key=len, default=None)


def _loaded(source: str) -> Any:
    try:
        return json.loads(source[:_SOURCE_LIMIT], strict=False)
    except (ValueError, RecursionError):
        return None


def _texts(data: Any, title: str) -> Iterator[str]:
    waiting, left = [data], _NODE_LIMIT
    while waiting and left:
        value = waiting.pop()
        left -= 1
        if isinstance(value, dict):
            waiting.extend(each for each in value.values() if isinstance(each, dict | list))
            yield from _bodies(value, title)
        elif isinstance(value, list):
            waiting.extend(each for each in value if isinstance(each, dict | list))


def _bodies(node: Mapping[str, Any], title: str) -> Iterator[str]:
    bodies = [
        value
        for name, value in node.items()
        if isinstance(value, str) and len(value) >= LEAST and name.lower() in _BODIES
    ]
    if bodies and any(alike(text(node.get(name)), title) >= TITLE for name in _TITLES):
        yield from bodies
