"""A banner for an article that has no image: its topic by weighted keywords, one of the topic's images.

Used by ``article.py``; topics and keywords are configuration (``config/banners.toml``).
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from crawler.config import BannersConfig

READ = 3000  #: characters of the text that are read: the news stands at the top
TITLE = 3.0  #: a keyword in the title counts so many times one in the text
CATEGORY = 2.0  #: … in a category of the feed
OFTEN = 3  #: more mentions of one keyword in the text count no more
ENOUGH = 2.0  #: score below which an article has no topic

_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def choose(
    title: str, text: str, categories: Sequence[str], seed: str, config: BannersConfig
) -> tuple[str, str]:
    """Topic and image for an article; ``("business", "")`` when no topic is configured.

    Keywords match whole words, in any case; ties go to the topic configured first.  ``seed``
    picks among the topic's images: the same article gets the same image as long as they stay.
    """
    if not config.topics:
        return config.fallback, ""
    scores = dict.fromkeys((topic.name for topic in config.topics), 0.0)
    parts = [(title, TITLE, 1), *((category, CATEGORY, 1) for category in categories), (text, 1.0, OFTEN)]
    keywords = _compiled(_Identity(config))
    for part, factor, most in parts:
        for keyword, count in keywords.found(part[:READ].casefold()):
            scores[keyword.topic] += keyword.weight * factor * min(count, most)
    best = max(config.topics, key=lambda topic: scores[topic.name])
    name = best.name if scores[best.name] >= ENOUGH else config.fallback
    images = next(topic.images for topic in config.topics if topic.name == name)
    number = int.from_bytes(hashlib.sha256(seed.encode("utf-8", "replace")).digest()[:8], "big")
    return name, images[number % len(images)]


def image_url(image: str, media_base: str) -> str:
    """The public address of an image: an http(s) address stays, a name stands below ``banners/``."""
    if not image or image.lower().startswith(("http://", "https://")):
        return image
    return f"{media_base}banners/{image}"


@dataclass(frozen=True, slots=True)
class _Keyword:
    topic: str
    weight: float
    words: tuple[str, ...]  #: in lower case; one string with spaces kept where words have none


@dataclass(frozen=True, slots=True)
class _Keywords:
    spaced: dict[str, tuple[_Keyword, ...]]  #: by first word
    unspaced: tuple[_Keyword, ...]  #: Han, kana and Hangul have no word boundaries to match at

    def found(self, text: str) -> Iterator[tuple[_Keyword, int]]:
        """Keywords in ``text`` (lower case), and how often."""
        words = _WORD.findall(text)
        hits = Counter(
            keyword
            for place, word in enumerate(words)
            for keyword in self.spaced.get(word, ())
            if len(keyword.words) == 1 or tuple(words[place : place + len(keyword.words)]) == keyword.words
        )
        yield from hits.items()
        if _UNSPACED.search(text):
            yield from ((keyword, text.count(keyword.words[0])) for keyword in self.unspaced)


class _Identity:
    """A configuration as a cache key: pydantic's frozen models with tables in them have no hash."""

    def __init__(self, config: BannersConfig) -> None:
        self.config = config  # held, so that its identity is not given to another

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and other.config is self.config

    def __hash__(self) -> int:
        return id(self.config)


@lru_cache(maxsize=4)
def _compiled(identity: _Identity) -> _Keywords:
    spaced: dict[str, tuple[_Keyword, ...]] = {}
    unspaced: list[_Keyword] = []
    for topic in identity.config.topics:
        for text, weight in topic.keywords.items():
            if _UNSPACED.search(text):
                unspaced.append(_Keyword(topic.name, weight, (text.casefold(),)))
            elif words := tuple(_WORD.findall(text.casefold())):
                spaced[words[0]] = (*spaced.get(words[0], ()), _Keyword(topic.name, weight, words))
    return _Keywords(spaced, tuple(unspaced))
