"""What is known of how a host builds its pages: lines that recur on them, rules that a person wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of an article, as it is remembered of its host."""

    key: str  #: twelve hexadecimal digits that stand for its letters
    length: int  #: characters
    text: str  #: how it begins


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The lines that recur on a host's pages, and on how many of those that are remembered."""

    pages: int = 0  #: that are remembered, of different texts
    lines: Mapping[str, int] = field(
        default_factory=dict
    )  #: key of a recurring line → pages on which it stood


#: Of a host of which nothing is known.
NO_FRAME = Frame()


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """A line that was taken out of an article, and why."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Which elements of a page are meant, as a person wrote it and as it is looked for."""

    css: str
    xpath: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRule:
    """How the pages of one host are to be read (``[[hosts]]``)."""

    host: str
    body: Selector | None = None  #: the element, or elements, that hold the article
    remove: tuple[Selector, ...] = ()  #: elements that are no part of it
    title: Selector | None = None  #: the element that holds the headline
    cut_at: tuple[str, ...] = ()  #: beginnings of a line that ends the article and is no part of it


#: Of no host anything was written.
NO_RULES: Mapping[str, HostRule] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """What a host's rule did for one page."""

    won: tuple[str, ...] = ()  #: "body: div.release", "remove: aside", …
    missed: tuple[str, ...] = ()  #: what it looked for in vain, in the same words
