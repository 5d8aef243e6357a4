"""What a page says of itself in its head: meta elements, links, JSON-LD.  Read once, asked by many."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from lxml.html import HtmlElement

from crawler import prose

_JSON_LIMIT = 500_000  #: characters of one JSON-LD block
_NODE_LIMIT = 2_000  #: objects that are looked at
_WRAPPING = re.compile(
    r"^\s*(?:/[/*]+\s*)?<!\[CDATA\[(?:\s*\*/)?|(?:(?<![/*])/[/*]+\s*)?\]\]>(?:\s*\*/)?\s*$|^\s*<!--|-->\s*$"
)
_ARTICLE = re.compile(r"Article|Posting|Report|PressRelease|CreativeWork$")

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The machine-readable part of a page."""

    metas: Mapping[str, str]  #: property, name or itemprop in lower case → its first content
    nodes: tuple[Node, ...]  #: JSON-LD objects that describe an article, in order
    publisher: str | None  #: JSON-LD's name of the publisher or site
    title: str  #: of the window
    canonical: str | None  #: as written
    language: str | None  #: <html lang>, as written
    base: str  #: what the page's addresses are relative to

    def meta(self, *names: str) -> str | None:
        """The first of these that the page fills."""
        return next((self.metas[name] for name in names if name in self.metas), None)


def read(tree: HtmlElement, url: str) -> Head:
    """Everything at once: the tree is walked a single time."""
    metas: dict[str, str] = {}
    found: dict[str, str] = {}
    objects: list[Node] = []
    for element in tree.iter("meta", "link", "base", "title", "script"):
        if element.tag == "meta":
            _meta(element, metas)
        elif element.tag == "script":
            if "ld+json" in (element.get("type") or ""):
                objects += _objects(element.text or "", _NODE_LIMIT - len(objects))
        elif element.tag == "title":
            found.setdefault("title", prose.clean(element.text_content()))
        elif element.get("href") and (
            element.tag == "base" or (element.get("rel") or "").lower() == "canonical"
        ):
            found.setdefault(str(element.tag), element.get("href", ""))
    return Head(
        metas=metas,
        nodes=tuple(node for node in objects if _ARTICLE.search(str(node.get("@type")))),
        publisher=next(filter(None, map(_publisher, objects)), None),
        title=found.get("title", ""),
        canonical=found.get("link"),
        language=tree.get("lang") or tree.get("xml:lang"),
        base=_joined(url, found.get("base", "")),
    )


def text(value: object) -> str:
    """A metadata value as clean text: entities, even doubly escaped ones, are resolved."""
    if not isinstance(value, str):
        return ""
    unescaped = html.unescape(html.unescape(value)) if "&" in value else value
    return prose.clean(unescaped)


def _meta(element: HtmlElement, metas: dict[str, str]) -> None:
    content = (element.get("content") or "").strip()
    if content:
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            if name := element.get(attribute):
                metas.setdefault(name.strip().lower(), content)


def _joined(url: str, base: str) -> str:
    try:
        return urljoin(url, base.strip())
    except ValueError:
        return url


def _objects(source: str, limit: int) -> list[Node]:
    """All JSON objects in a script, the outer before the inner."""
    source = _WRAPPING.sub("", source[:_JSON_LIMIT]).strip().rstrip(";")
    for text_ in (source, html.unescape(source)):
        try:
            return list(_walk(json.loads(text_, strict=False), limit))
        except (ValueError, RecursionError):
            continue
    return []


def _walk(data: object, limit: int) -> Iterator[Node]:
    waiting = [data]
    while waiting and limit > 0:
        value = waiting.pop()
        if isinstance(value, dict):
            limit -= 1
            yield value
            waiting.extend(reversed(list(value.values())))
        elif isinstance(value, list):
            waiting.extend(reversed(value))


def _publisher(node: Node) -> str | None:
    publisher = node.get("publisher")
    if isinstance(publisher, dict):
        return text(publisher.get("name")) or None
    return None
