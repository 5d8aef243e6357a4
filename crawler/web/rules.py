"""The text of a robots.txt → what it says to one crawler (RFC 9309 §2.2), in linear time.

Follows the reference reading, google/robotstxt, to the letter, misspelt keys included.  Only the
groups for this crawler and for everyone are kept, so that a hostile file costs what it weighs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

LONGEST_LINE = 16_663  #: bytes that are read of one line

_PRODUCT = re.compile(r"[A-Za-z_-]*")
_KEYS = (
    ("user-agent", "agent"), ("useragent", "agent"), ("user agent", "agent"),
    ("allow", "allow"),
    ("disallow", "disallow"), ("dissallow", "disallow"), ("dissalow", "disallow"), ("disalow", "disallow"),
    ("diasllow", "disallow"), ("disallaw", "disallow"),
    ("crawl-delay", "delay"), ("crawl delay", "delay"), ("crawldelay", "delay"),
)  # fmt: skip
_INDEX = ("/index.htm", "/index.html")
_LINES = re.compile(r"\r\n|\r|\n")
_NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?")
_ESCAPE = re.compile(r"%[0-9a-f]{2}", re.IGNORECASE)
_KEPT = "".join(map(chr, range(0x21, 0x7F))) + " "


@dataclass(frozen=True, slots=True)
class Pattern:
    """A path pattern: ``*`` stands for anything, a final ``$`` for the end."""

    pieces: tuple[str, ...]  #: between the stars
    ends: bool
    weight: int  #: the longest pattern that matches decides

    def matches(self, path: str) -> bool:
        """Whether a path (with its query) begins as the pattern says."""
        first, *rest = self.pieces
        if not path.startswith(first):
            return False
        at = len(first)
        if not self.ends:
            return all((at := _after(path, piece, at)) >= 0 for piece in rest)
        if not rest:
            return at == len(path)
        if not all((at := _after(path, piece, at)) >= 0 for piece in rest[:-1]):
            return False
        return path.endswith(rest[-1]) and len(path) - len(rest[-1]) >= at


@dataclass(slots=True)
class Rules:
    """What one group, or all groups for one crawler together, say."""

    named: bool = False  #: a group names this crawler
    allow: list[Pattern] = field(default_factory=list)
    disallow: list[Pattern] = field(default_factory=list)
    delay: float = 0.0  #: Crawl-delay, seconds

    def allows(self, url: str) -> bool:
        """Whether an address may be fetched: the longest match decides, allowing wins a tie."""
        path = _path(url)
        disallowed = max((each.weight for each in self.disallow if each.matches(path)), default=0)
        if not disallowed:
            return True
        return any(each.weight >= disallowed and each.matches(path) for each in self.allow)


def parse(text: str, product: str) -> Rules:
    """The rules for a product token; those for everyone where no group names it."""
    own, everyone = Rules(), Rules()
    for_own = for_everyone = False  # whom the current group is for
    in_rules = False  # an agent line after a rule begins a new group
    for key, value in _directives(text):
        if key == "agent":
            for_own = not in_rules and for_own
            for_everyone = not in_rules and for_everyone
            in_rules = False
            if _is_everyone(value):
                for_everyone = True
            elif _named(value) == product.lower():
                for_own = own.named = True
            continue
        in_rules = in_rules or key != "delay"
        if for_own:
            _add(own, key, value)
        if for_everyone:
            _add(everyone, key, value)
    return own if own.named else everyone


def _directives(text: str) -> Iterator[tuple[str, str]]:
    for line in _LINES.split(text.removeprefix("\N{BYTE ORDER MARK}")):
        key, value = _split(line[:LONGEST_LINE].partition("#")[0].strip())
        for known, meaning in _KEYS:
            if key.startswith(known):
                yield meaning, value
                break


def _split(line: str) -> tuple[str, str]:
    """Key and value; a missing colon is forgiven where two words stand alone."""
    key, colon, value = line.partition(":")
    if not colon:
        words = line.split()
        key, value = (words[0], words[1]) if len(words) == 2 else ("", "")
    return key.strip().lower(), value.strip()


def _add(rules: Rules, key: str, value: str) -> None:
    if key == "delay":
        rules.delay = _seconds(value)
    elif not value:
        return
    elif key == "disallow":
        rules.disallow.append(_pattern(value))
    else:
        rules.allow.append(_pattern(value))
        if value.endswith(_INDEX):  # who allows a folder's index means the folder
            rules.allow.append(_pattern(value[: value.rindex("/") + 1] + "$"))


def _pattern(value: str) -> Pattern:
    text = quote(value, safe=_KEPT, encoding="utf-8", errors="replace")
    text = _ESCAPE.sub(lambda match: match[0].upper(), text)
    ends = text.endswith("$")
    first, *rest = text.removesuffix("$").split("*")
    tail = rest.pop() if rest and ends else None
    pieces = [first, *(piece for piece in rest if piece), *([] if tail is None else [tail])]
    return Pattern(tuple(pieces), ends, len(text))


def _after(path: str, piece: str, start: int) -> int:
    found = path.find(piece, start)
    return found + len(piece) if found >= 0 else -1


def _path(url: str) -> str:
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query or url.endswith("?") else "")
    return path if path.startswith("/") else "/" + path


def _is_everyone(value: str) -> bool:
    return value == "*" or (value.startswith("*") and value[1:2].isspace())


def _named(value: str) -> str:
    match = _PRODUCT.match(value)
    return match[0].lower() if match else ""


def _seconds(value: str) -> float:
    match = _NUMBER.fullmatch(value)
    return float(match[0]) if match else 0.0
