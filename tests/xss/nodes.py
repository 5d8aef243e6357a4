"""What is active in an archived article, by a reader of HTML that shares no code with the crawler (html5lib)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib
from markdown_it import MarkdownIt

from crawler.document import Document

HTML = "{http://www.w3.org/1999/xhtml}"
QUIET = frozenset(
    "p h2 h3 h4 h5 h6 ul ol li table thead tbody tr th td blockquote pre figure img a strong em code br sub sup".split()
)
_WEB = re.compile(r"https?://[^\s\"<>`\\{|}^]+")
_LINK = re.compile(r"(?:https?://|mailto:)[^\s\"<>`\\{|}^]+")
_COMMAND = re.compile(r"\{\{[<%]|<!--|HAHAHUGO|HUGOMORE|\{\{__hugo|__hdeferred/|__h_pp_")
_MARKDOWN = MarkdownIt("commonmark", {"html": True})


def rendered(body: str) -> str:
    """The body by a CommonMark renderer that lets raw HTML through."""
    return _MARKDOWN.render(body).removesuffix("\n")


def active(document: Document) -> list[str]:
    """Everything in the article that acts, could be taken for a command, or breaks out of its place."""
    shown = rendered(document.body)
    found = [*_markup(document.body), *_markup(shown), *_markup(document.summary)]
    if shown != document.body:
        found.append("Markdown changes the body")
    if _COMMAND.search(document.body):
        found.append("the body holds a command")
    for name in ("source_link", "enclosure", "qrcode"):
        address = getattr(document, name)
        bare = _WEB.fullmatch(address) and ("'" not in address or name == "source_link")  # RFC 3986 allows it
        if address and not bare:
            found.append(f"{name}: {address!r}")
    return found


def _markup(markup: str) -> Iterator[str]:
    tree = html5lib.parse(f"<!doctype html><body><div>{markup}</div><i></i></body>")
    place = tree.find(f"{HTML}body")
    if (
        place is None
        or tree.attrib
        or place.attrib
        or [child.tag for child in place] != [f"{HTML}div", f"{HTML}i"]
    ):
        yield "it breaks out of its place"
        return
    for element in place[0].iter():
        if element is not place[0]:
            yield from _element(element)


def _element(element: Element) -> Iterator[str]:
    tag = element.tag
    if not isinstance(tag, str):
        yield f"a comment: {element.text!r}"
        return
    name = tag.removeprefix(HTML)
    if name not in QUIET:
        yield f"<{name}>"
    for attribute, value in element.attrib.items():
        if (name, attribute) not in {("a", "href"), ("img", "src"), ("img", "alt")}:
            yield f"<{name} {attribute}>"
        elif attribute != "alt" and not (_LINK if name == "a" else _WEB).fullmatch(value):
            yield f"<{name} {attribute}={value!r}>"
