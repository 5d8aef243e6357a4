"""How the cost of a text grows with its length: patterns found, attacks made from them, ratios measured.

Used by ``test_doubling`` (C39) and the campaign; ``python -m tests.doubling`` prints every pattern that is
more than linear on its own, with the text that shows it.
"""

from __future__ import annotations

import importlib
import math
import pkgutil
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import crawler

FLOOR = 0.01  #: processor seconds below which a ratio says nothing
RATIO = 2.5  #: that a text of twice the length may cost at most
LIKELY = "a1 .,-:/<>&;\"'=()[]%@#\n\t\u00e9\u3042"


@dataclass(frozen=True, slots=True)
class Growth:
    """What one attack costs at a length and at four times that length: two doublings drown less in noise than one."""

    attack: str
    size: int
    small: float
    large: float

    @property
    def ratio(self) -> float:
        """Of the cost of a text to that of half of it; 2.0 where neither is worth measuring."""
        return math.sqrt(self.large / max(self.small, 1e-9)) if self.large >= FLOOR / 4 else 2.0


def modules() -> Iterator[Any]:
    """Every module of the crawler but those that are programs or only change old databases."""
    for found in pkgutil.walk_packages(crawler.__path__, "crawler."):
        if not found.name.endswith("__main__") and ".migrations" not in found.name:
            yield importlib.import_module(found.name)


def patterns() -> dict[str, re.Pattern[Any]]:
    """Every compiled pattern that a module holds, in a table or by itself: ``module.NAME`` → pattern."""
    found: dict[re.Pattern[Any], str] = {}
    for module in modules():
        for name, value in vars(module).items():
            for pattern in _within(value):
                found.setdefault(pattern, f"{module.__name__.removeprefix('crawler.')}.{name}")
    named: dict[str, re.Pattern[Any]] = {}
    for pattern, name in found.items():
        number = sum(other.partition("#")[0] == name for other in named)
        named[f"{name}#{number}" if number else name] = pattern
    return named


def _within(value: Any, depth: int = 3) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, dict):
        for item in (*value.keys(), *value.values()):
            yield from _within(item, depth - 1)
    elif depth and isinstance(value, tuple | list | set | frozenset):
        for item in value:
            yield from _within(item, depth - 1)


def attacks(pattern: re.Pattern[Any]) -> list[str]:
    """Units that, repeated, make the pattern begin over and over: examples of its beginnings."""
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    units = {example for example in _beginnings(_parser.parse(text, pattern.flags & ~re.DEBUG)) if example}
    return sorted({unit[:60] for unit in units} | {unit[:60] + " " for unit in units} | set(LIKELY))


def _beginnings(nodes: Any) -> Iterator[str]:
    """An example of each beginning of a sequence, and of each part of it by itself."""
    examples = [""]
    for code, value in nodes:
        parts = list(_examples(code, value))
        yield from parts
        examples = [(one + part)[:80] for one in examples[:6] for part in parts[:6]] if parts else examples
        yield from examples[:8]


def _examples(code: Any, value: Any) -> Iterator[str]:
    """A few texts that a node matches; deep ones first."""
    if code is op.LITERAL:
        yield chr(value)
    elif code is op.NOT_LITERAL:
        yield "b" if value == ord("a") else "a"
    elif code is op.ANY:
        yield "a"
    elif code is op.IN:
        yield from _members(value)
    elif code in {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}:
        least, _, inner = value
        for one in list(dict.fromkeys(_beginnings(inner)))[:5]:
            yield one * max(least, 1)
            yield one * max(least, 3)
    elif code is op.SUBPATTERN:
        yield from list(dict.fromkeys(_beginnings(value[3])))[-5:]
    elif code is op.ATOMIC_GROUP:
        yield from list(dict.fromkeys(_beginnings(value)))[-5:]
    elif code is op.BRANCH:
        for branch in value[1][:12]:
            yield from list(dict.fromkeys(_beginnings(branch)))[-2:]


_CATEGORIES = {
    op.CATEGORY_DIGIT: "1", op.CATEGORY_SPACE: " ", op.CATEGORY_WORD: "a", op.CATEGORY_NOT_DIGIT: "a",
    op.CATEGORY_NOT_SPACE: "a", op.CATEGORY_NOT_WORD: "-",
}  # fmt: skip


def _members(members: Any) -> Iterator[str]:
    if members[0][0] is op.NEGATE:
        refused = {value for code, value in members if code is op.LITERAL}
        yield next(sign for sign in "ab .-1\n" if ord(sign) not in refused)
        return
    for code, value in members[:3]:
        if code is op.LITERAL:
            yield chr(value)
        elif code is op.RANGE:
            yield chr(value[0])
        elif code is op.CATEGORY:
            yield _CATEGORIES.get(value, "a")


def repeated(unit: str, size: int, *, end: str = "\x00") -> str:
    """``size`` characters of the unit, and an end that fits nothing."""
    return (unit * (size // max(len(unit), 1) + 1))[:size] + end


def cost(call: Callable[[str], object], text: str) -> float:
    """Processor seconds of one call."""
    start = time.process_time()
    call(text)
    return time.process_time() - start


def growth(
    call: Callable[[str], object], unit: str, *, sizes: tuple[int, ...] = (1_000, 8_000, 100_000)
) -> Growth:
    """The cost at the first size that costs something to speak of, and at a quarter of it."""
    for size in sizes:
        large = cost(call, repeated(unit, size))
        if large >= FLOOR:
            break
    if large < FLOOR:
        return Growth(unit, size // 4, large / 4, large)
    found = Growth(unit, size // 4, cost(call, repeated(unit, size // 4)), large)
    return _again(call, found) if found.ratio > RATIO else found


def _again(call: Callable[[str], object], found: Growth) -> Growth:
    """Measured three times more before it is believed: others use this machine too."""
    times = 3 if found.large < 0.5 else 1
    small = min(cost(call, repeated(found.attack, found.size)) for _ in range(times))
    large = min(found.large, *(cost(call, repeated(found.attack, 4 * found.size)) for _ in range(times)))
    return Growth(found.attack, found.size, max(small, 1e-6), large)


def search(pattern: re.Pattern[Any]) -> Callable[[str], object]:
    """What a pattern costs when it is looked for everywhere in a text."""
    if isinstance(pattern.pattern, bytes):
        return lambda text: sum(1 for _ in pattern.finditer(text.encode("utf-8")))
    return lambda text: sum(1 for _ in pattern.finditer(text))


def worst(call: Callable[[str], object], units: list[str], **limits: Any) -> Growth:
    """The attack whose cost grows fastest."""
    return max((growth(call, unit, **limits) for unit in units), key=lambda found: found.ratio)


def main() -> None:
    """Every pattern that is more than linear by itself."""
    found = patterns()
    print(len(found), "patterns")
    for name, pattern in found.items():
        if not name.startswith(tuple(sys.argv[1:]) or ""):
            continue
        grown = worst(search(pattern), attacks(pattern), sizes=(2_000, 20_000))
        if grown.ratio > RATIO:
            print(
                f"{name:<45} {grown.ratio:5.1f} {grown.attack!r} {4 * grown.size} {grown.large:.2f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
