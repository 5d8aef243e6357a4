"""What must lie in an archive after a crawl of the sample wire; shares no code with the crawler's own reading."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import zip_longest

from crawler.document import Document
from tests.wire import Posting, Release

#: Least token F1 of a body: one word in four hundred may differ.
ENOUGH = 0.995
#: Token F1 with the title from which one of the first lines is the headline again.
_REPEATED = 0.9
_INLINE = frozenset("a abbr b bdi bdo cite code em i mark q s small span strong sub sup u wbr".split())
_NUMBERS = re.compile(rb"^(article_id|feed_item_id) = \d+$", re.MULTILINE)
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        self.parts.append("" if tag in _INLINE else "\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def plain_text(body: str) -> str:
    """The text of an HTML body."""
    reader = _Text()
    reader.feed(body)
    reader.close()
    return "".join(reader.parts)


def likeness(wanted: str, found: str) -> float:
    """Token F1: harmonic mean of how much of the one is in the other, words counted with repetition."""
    ours, theirs = Counter(_TOKEN.findall(wanted.casefold())), Counter(_TOKEN.findall(found.casefold()))
    both = (ours & theirs).total()
    return 2 * both / (ours.total() + theirs.total()) if ours or theirs else 1.0


def headline(title: str) -> str:
    """A title as a person reads it: some wires write ``&amp;`` for "&", or signs that nobody sees."""
    return " ".join(html.unescape(html.unescape(title)).replace("\u200b", "").split())


def unnumbered(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Files without what depends on the order of work.

    Numbers are given out as articles are written, and several hosts are worked on at once: so two
    crawls of the same wire agree in everything but ``article_id`` and ``feed_item_id``.
    """
    return {path: _NUMBERS.sub(rb"\1 = 0", data, count=2) for path, data in files.items()}


@dataclass(slots=True)
class Judgement:
    """What is not as it must be, by address; empty lists and no low score are the best there is."""

    missing: list[str] = field(default_factory=list)  #: addresses of releases that are not archived
    doubled: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)  #: articles of no release
    titles: list[tuple[str, str, str]] = field(default_factory=list)  #: address, wanted, found
    dates: list[tuple[str, str, str]] = field(default_factory=list)
    scores: dict[str, float] = field(default_factory=dict)  #: token F1 of every body

    @property
    def worst(self) -> list[tuple[float, str]]:
        """Bodies by score, the lowest first."""
        return sorted((score, url) for url, score in self.scores.items())

    @property
    def torn(self) -> list[tuple[float, str]]:
        """Bodies that are not what the wire sent."""
        return [(score, url) for score, url in self.worst if score < ENOUGH]

    @property
    def faults(self) -> int:
        """How much is wrong."""
        found = (self.missing, self.doubled, self.foreign, self.titles, self.dates, self.torn)
        return sum(len(some) for some in found)


def judge(postings: Iterable[Posting], documents: Mapping[str, Document]) -> Judgement:
    """Compare an archive with what the wire has published."""
    judgement = Judgement()
    wanted = {posting.url: posting for posting in postings if not posting.deleted}
    found: dict[str, list[Document]] = {}
    for path, read in documents.items():
        found.setdefault(read.source_link, []).append(read)
        if read.source_link not in wanted:
            judgement.foreign.append(path)
    for url, posting in wanted.items():
        archived = found.get(url, [])
        if not archived:
            judgement.missing.append(url)
        elif len(archived) > 1:
            judgement.doubled.append(url)
        for read in archived:
            _compare(judgement, posting, read)
    return judgement


def _compare(judgement: Judgement, posting: Posting, read: Document) -> None:
    release, url = posting.release, posting.url
    if release.title and headline(release.title) != headline(read.title):
        judgement.titles.append((url, release.title, read.title))
    date = f"{release.published:%Y-%m-%dT%H:%M:%SZ}"
    if date != read.date:
        judgement.dates.append((url, date, read.date))
    text = plain_text(read.body)
    judgement.scores[url] = max(likeness(wanted, text) for wanted in _whole(release))


def _whole(release: Release) -> Iterator[str]:
    """The texts that are the whole release.

    A wire may set the subtitle above the text, and a body does not repeat its headline.
    """
    yield release.text
    yield f"{release.subtitle}\n{release.text}"
    lines = release.text.split("\n")
    for place, line in enumerate(lines[:4]):
        if likeness(line, release.title) >= _REPEATED:
            yield "\n".join(lines[:place] + lines[place + 1 :])


def differences(wanted: Mapping[str, bytes], found: Mapping[str, bytes]) -> list[str]:
    """What two sets of files differ in: a line each with the path and the first line that is another one."""
    told = []
    for path in sorted(wanted.keys() | found.keys()):
        old, new = wanted.get(path), found.get(path)
        if old is None or new is None:
            told.append(f"{path}: {'is new' if old is None else 'is missing'}")
        elif old != new:
            pairs = zip_longest(old.split(b"\n"), new.split(b"\n"))
            line = next((number, pair) for number, pair in enumerate(pairs, start=1) if pair[0] != pair[1])
            told.append(f"{path}: line {line[0]}: {line[1][0]!r} became {line[1][1]!r}")
    return told
