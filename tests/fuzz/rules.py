"""What must hold of everything that comes out of a reader, whatever went in."""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any, TypeVar

from crawler import document, urls
from crawler.document import Document
from crawler.extract import clean
from crawler.model import Entry, Extraction, FeedDocument
from crawler.workers import codec

T = TypeVar("T")

_TAG = re.compile(r"<(/?)([a-z0-9]+)((?: [a-z]+=\"[^\"<>]*\")*)>")
_ADDRESS = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_ACTIVE = frozenset(
    "script style iframe object embed svg math form input template base link meta frame".split()
)
_KEYS = [field.name for field in dataclasses.fields(Document) if field.name != "body"]


class Broken(AssertionError):
    """A rule that does not hold: the message is the rule."""


def must(holds: object, rule: str) -> None:
    """Raise ``Broken`` with the rule's name unless it holds."""
    if not holds:
        raise Broken(rule)


def travels(value: T, kind: type[T]) -> T:
    """What comes out where a worker's answer is read: the value, equal but for lone surrogates."""
    sent = json.dumps(codec.plain(value), ensure_ascii=False).encode()
    read: T = codec.reader(kind)(json.loads(sent))
    must(
        json.dumps(codec.plain(read), ensure_ascii=False).encode() == sent,
        "an answer is the same after its way",
    )
    return read


def _values(value: Any) -> Iterator[Any]:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _values(getattr(value, field.name))
    elif isinstance(value, tuple):
        for one in value:
            yield from _values(one)
    else:
        yield value


def values_are_sound(value: object) -> None:
    """Texts can be written as UTF-8, instants are aware and UTC."""
    for one in _values(value):
        if isinstance(one, str):
            one.encode()
        if isinstance(one, datetime):
            must(one.utcoffset() == timedelta(0), "an instant is in UTC")


def feed_is_sound(found: FeedDocument) -> None:
    """Entries have keys of their own, and links that are canonical."""
    values_are_sound(found)
    keys = [entry.key for entry in found.entries]
    must(all(keys), "every entry has a key")
    must(len(set(keys)) == len(keys), "keys are unique")
    for entry in found.entries:
        link = entry.source_link
        must(link is None or urls.canonical(link) == link, "a source link is canonical")
        must(
            all(length >= 0 for one in entry.enclosures if (length := one.length) is not None),
            "a length is not negative",
        )


class _Seen(HTMLParser):
    """A second opinion on markup, by a parser that shares nothing with the writer."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.names.update(name for name, _ in attrs)


def body_is_inert(body: str) -> None:
    """Only the tags of the archive, only harmless attributes, one line; read by two readers."""
    must(len(body.splitlines()) <= 1, "a body is one line")
    rest = _TAG.sub("", body)
    must("<" not in rest and ">" not in rest, "a body has no half tags")
    for match in _TAG.finditer(body):
        must(match[2] in clean.TAGS, "a body has known tags only")
        for name, value in re.findall(r' ([a-z]+)="([^"]*)"', match[3]):
            must(name in {"href", "src", "alt"}, "a body has known attributes only")
            must(name == "alt" or _ADDRESS.match(value), "an address is of the web")
    seen = _Seen()
    seen.feed(body)
    seen.close()
    must(not seen.tags & _ACTIVE, "a body has no active element")
    must(not any(name.startswith("on") for name in seen.names), "a body has no handler")
    must(not re.search(r"\{\{[<%]", body), "a body has no shortcode")


def extraction_is_sound(found: Extraction) -> None:
    """What a page or a feed's own content gave."""
    values_are_sound(found)
    body_is_inert(found.body)
    must(found.text.strip(), "an extraction has text")
    for address in (found.canonical, found.image):
        must(address is None or _ADDRESS.match(address), "an address is absolute and of the web")


def entry_is_whole(entry: Entry) -> None:
    """Positions count from nought."""
    must(entry.position >= 0, "a position is not negative")


def file_holds(told: Document) -> bytes:
    """Read back by the house's reader and by an independent one, a document is what it was."""
    data = document.render(told)
    must(document.parse(data) == told, "what is read is what was written")
    must(document.render(document.parse(data)) == data, "a file comes back to the byte")
    lines = data.decode().splitlines()
    must([at for at, line in enumerate(lines) if line.startswith("+++")] == [0, 13], "a file has two fences")
    read = tomllib.loads("\n".join(lines[1:13]))
    must(list(read) == _KEYS, "another reader finds the twelve keys")
    must(read == {key: getattr(told, key) for key in _KEYS}, "another reader finds the same values")
    must("\n".join(lines[15:]) == told.body, "the body is the rest")
    return data
