"""Markup and JSON changed as such: tags, attributes, entities, depth, declarations."""

from __future__ import annotations

import json
import re
from random import Random
from typing import Any

from tests.fuzz import octets, traps
from tests.fuzz.octets import Mutator, Samples

_TAG = re.compile(rb"<(/?)([A-Za-z][A-Za-z0-9:]*)([^<>]*)>")
_ATTRIBUTE = re.compile(rb"""([A-Za-z][A-Za-z0-9:-]*)\s*=\s*("[^"<>]*"|'[^'<>]*'|[^\s"'<>]+)""")
_TEXT = re.compile(rb">([^<>]{2,})<")
_ENTITY = re.compile(rb"&#?\w{1,10};")
_CHARSET = re.compile(rb"""((?:encoding|charset)\s*=\s*["']?)[\w-]+""", re.IGNORECASE)
_LANGUAGE = re.compile(rb"""(lang=["']?)[\w-]+""")
_NAMES = (
    b"div p span table tr td li ul ol blockquote pre h1 h2 a b i em article section main header footer nav aside figure script style "
    b"item entry title link description content:encoded summary pubDate guid category author channel feed rss media:content "
    b"enclosure dc:date atom:link id updated source svg math template noscript body html head meta base form select"
).split()
_ATTRIBUTES = (
    b"href src id class style onclick title lang dir datetime content name property rel type length url xml:base xml:lang xmlns "
    b"colspan isPermaLink alt data-src srcset hidden itemprop charset http-equiv role"
).split()


def _value(rng: Random) -> bytes:
    group = rng.choice(
        (traps.NUMBERS, traps.SIGNS, traps.ADDRESSES, traps.DATES, traps.MARKUP, traps.CHARSETS)
    )
    return rng.choice(group).encode("utf-8", "surrogatepass")


def _one(pattern: re.Pattern[bytes], data: bytes, rng: Random) -> re.Match[bytes] | None:
    """A match, by chance: the first behind a random place, so that large documents cost no more."""
    at = rng.randrange(len(data) + 1)
    return pattern.search(data, at) or pattern.search(data)


def drop_tag(data: bytes, rng: Random, samples: Samples) -> bytes:
    """A tag is lost."""
    match = _one(_TAG, data, rng)
    return data[: match.start()] + data[match.end() :] if match else octets.drop(data, rng, samples)


def double_tag(data: bytes, rng: Random, samples: Samples) -> bytes:
    """A tag stands there several times."""
    match = _one(_TAG, data, rng)
    if match is None:
        return octets.repeat(data, rng, samples)
    return data[: match.end()] + match[0] * rng.choice((1, 2, 20, 300)) + data[match.end() :]


def rename(data: bytes, rng: Random, samples: Samples) -> bytes:
    """An element of another name; its end tag stays."""
    match = _one(_TAG, data, rng)
    if match is None:
        return octets.flip(data, rng, samples)
    return data[: match.start(2)] + rng.choice(_NAMES) + data[match.end(2) :]


def subtree(data: bytes, rng: Random, samples: Samples) -> bytes:
    """An element with all that is in it: doubled, moved, within itself, or lost."""
    match = _one(_TAG, data, rng)
    end = data.find(b"</" + match[2] + b">", match.end()) if match else -1
    if match is None or end < 0:
        return octets.repeat(data, rng, samples)
    end += len(match[2]) + 3
    part, rest = data[match.start() : end], data[: match.start()] + data[end:]
    way = rng.randrange(4)
    if way == 0:
        return data[:end] + part * min(rng.choice((1, 3, 50)), 1 + 60_000 // len(part)) + data[end:]
    if way == 1:
        at = octets.place(rest, rng)
        return rest[:at] + part + rest[at:]
    if way == 2:
        return data[: match.end()] + part + data[match.end() :]
    return rest


def nest(data: bytes, rng: Random, samples: Samples) -> bytes:
    """Deep within elements, closed or not."""
    start, end = octets.piece(data, rng, 20_000)
    names = rng.choices(_NAMES, k=rng.choice((1, 1, 2, 3)))
    depth = rng.choice((3, 30, 260, 1200))
    opened = b"".join(b"<" + name + b">" for name in names) * depth
    closed = b"".join(b"</" + name + b">" for name in reversed(names)) * depth if rng.random() < 0.6 else b""
    return data[:start] + opened + data[start:end] + closed + data[end:]


def attribute(data: bytes, rng: Random, samples: Samples) -> bytes:
    """An attribute's value, or its name, is another."""
    match = _one(_ATTRIBUTE, data, rng)
    if match is None or rng.random() < 0.3:
        return add_attribute(data, rng, samples)
    value = _value(rng) if rng.random() < 0.8 else (_one(_ATTRIBUTE, rng.choice(samples), rng) or match)[2]
    quote = rng.choice((b'"', b"'", b""))
    name = match[1] if rng.random() < 0.8 else rng.choice(_ATTRIBUTES)
    return data[: match.start()] + name + b"=" + quote + value + quote + data[match.end() :]


def add_attribute(data: bytes, rng: Random, samples: Samples) -> bytes:
    """One more attribute, perhaps one that is there already."""
    match = _one(_TAG, data, rng)
    if match is None:
        return octets.insert(data, rng, samples)
    new = b"".join(
        b' %b="%b"' % (rng.choice(_ATTRIBUTES), _value(rng)) for _ in range(rng.choice((1, 2, 60)))
    )
    return data[: match.end(2)] + new + data[match.end(2) :]


def entity(data: bytes, rng: Random, samples: Samples) -> bytes:
    """A reference is another, escaped once too often, or bare."""
    match = _one(_ENTITY, data, rng)
    new = rng.choice(
        (b"&#xD800;", b"&#0;", b"&#x110000;", b"&", b"&amp;amp;", b"&lt;", b"&#60;", b"&nbsp;", b"&x;", b"&#x1b;[2J", b"&#x202e;",
         b"&#x85;", b"&#xfffe;", b"&#13;&#10;", b"&quot;", b"&apos;", b"&#" + b"9" * 500 + b";")
    )  # fmt: skip
    at, end = (match.start(), match.end()) if match else (octets.place(data, rng),) * 2
    return data[:at] + new + data[end:]


def text(data: bytes, rng: Random, samples: Samples) -> bytes:
    """A text is another, or very long."""
    match = _one(_TEXT, data, rng)
    if match is None:
        return octets.insert(data, rng, samples)
    new = _value(rng)
    if rng.random() < 0.2:
        new = (new + b" ") * rng.choice((20, 400))
    elif rng.random() < 0.3:
        new = b"<![CDATA[" + new + rng.choice((b"]]>", b""))
    return data[: match.start(1)] + new[:30_000] + data[match.end(1) :]


def inject(data: bytes, rng: Random, samples: Samples) -> bytes:
    """Hostile markup somewhere, as it is or escaped as feeds escape it."""
    new = rng.choice(traps.MARKUP).encode()
    if rng.random() < 0.3:
        new = new.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")
    at = octets.place(data, rng)
    return data[:at] + new + data[at:]


def declare(data: bytes, rng: Random, samples: Samples) -> bytes:
    """Another charset, language or version is declared."""
    name = rng.choice(traps.CHARSETS).encode("utf-8", "surrogatepass")
    if rng.random() < 0.25:
        return _LANGUAGE.sub(lambda match: match[1] + rng.choice((b"ja", b"xx", b"zh-Hant-TW", name)), data)
    changed, count = _CHARSET.subn(lambda match: match[1] + name, data, count=2)
    return changed if count else b'<?xml version="1.0" encoding="' + name + b'"?>' + data


def document_type(data: bytes, rng: Random, samples: Samples) -> bytes:
    """A document type with entities in front."""
    kind = rng.choice(
        (b"<!ENTITY a 'x'><!ENTITY b '&a;&a;'>", b"<!ENTITY % p SYSTEM 'file:///etc/hostname'>%p;", b"<!ENTITY a SYSTEM 'http://x'>",
         b"<!ATTLIST rss a CDATA 'b'>", b"<!ELEMENT rss ANY>", b"", b"]", b"<!ENTITY a '<item>'>", b"<!ENTITY a '&b;'><!ENTITY b '&a;'>")
    )  # fmt: skip
    body = data.partition(b"?>")[2] if data.startswith(b"<?xml") else data
    return b"<!DOCTYPE rss [" + kind + b"]>" + body.replace(b" ", rng.choice((b" ", b"&a;", b"&b;")), 3)


def soup(data: bytes, rng: Random, samples: Samples) -> bytes:
    """Tags in any order."""
    tags = [match[0] for match in _TAG.finditer(data[:20_000])]
    rng.shuffle(tags)
    shuffled = iter(tags)
    return _TAG.sub(lambda match: next(shuffled, match[0]), data[:20_000]) + data[20_000:]


def json_value(data: bytes, rng: Random, samples: Samples) -> bytes:
    """A value of a JSON document is of another type, or a key another; other documents get a trap."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return inject(data, rng, samples)
    _change(value, rng, 0)
    return json.dumps(value, ensure_ascii=rng.random() < 0.5).encode("utf-8", "surrogatepass")


def _change(value: Any, rng: Random, depth: int) -> None:
    """Go down by chance, and change what is there."""
    if not isinstance(value, dict | list) or not value:
        return
    key = rng.choice(list(value)) if isinstance(value, dict) else rng.randrange(len(value))
    if depth < 6 and isinstance(value[key], dict | list) and rng.random() < 0.8:
        _change(value[key], rng, depth + 1)
        return
    traps_ = (
        "\ud800",
        rng.choice(traps.ADDRESSES),
        rng.choice(traps.DATES),
        rng.choice(traps.MARKUP),
        rng.choice(traps.SIGNS),
    )
    value[key] = rng.choice(
        (None, True, 0, -1, 1e308, 10**400, [], {}, [[]], "", [None], {"url": 5}, ["a", 1], *traps_, _deep(rng.choice((5, 200))))
    )  # fmt: skip


def _deep(depth: int) -> object:
    value: object = "x"
    for _ in range(depth):
        value = [value]
    return value


ALL: tuple[Mutator, ...] = (
    drop_tag, double_tag, rename, subtree, nest, attribute, attribute, add_attribute, entity, text, text, inject, inject, declare,
    document_type, soup, json_value,
)  # fmt: skip
