"""Input number N of a reader and a seed: the same bytes each time, from the same samples."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from types import MappingProxyType

from tests.fuzz import lines, markup, octets
from tests.fuzz.octets import Mutator

#: What an input may weigh, bytes.  Larger documents are a matter of cost, and measured by themselves.
LONGEST = MappingProxyType(
    {
        "feed": 200_000, "page": 200_000, "entry": 100_000, "date": 2_000, "url": 20_000, "header": 20_000, "robots": 100_000,
        "front-matter": 100_000,
    }
)  # fmt: skip
#: CPU seconds that an input may cost.
SECONDS = MappingProxyType(
    {"feed": 5, "page": 12, "entry": 4, "date": 1, "url": 1, "header": 1, "robots": 2, "front-matter": 2}
)
_OWN: MappingProxyType[str, tuple[Mutator, ...]] = MappingProxyType(
    {
        "feed": markup.ALL, "page": markup.ALL, "entry": markup.ALL,
        "date": (lines.date, lines.word, lines.shuffle), "url": (lines.address, lines.word, lines.shuffle),
        "header": (lines.header, lines.word, lines.date), "robots": (lines.robots, lines.robots, lines.word),
        "front-matter": (lines.front_matter, lines.front_matter, lines.word),
    }
)  # fmt: skip
_OFTEN = 0.65  #: share of changes that know what they change


def build(reader: str, seed: int, number: int, samples: Sequence[bytes]) -> bytes:
    """A sample, changed one to eight times."""
    rng = Random(f"{reader} {seed} {number}")
    data = rng.choice(samples)
    for _ in range(rng.choice((1, 1, 2, 2, 3, 5, 8))):
        known = rng.random() < _OFTEN
        data = rng.choice(_OWN[reader] if known else octets.ALL)(data, rng, samples)[: LONGEST[reader]]
    return data
