"""The first reading of the raw archive: which numbers the lost database had given, and when.

A feed's body lies before the revisions that were made of it, and only these know an item's number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crawler import statement, urls
from crawler.config import source_key
from crawler.errors import DocumentError
from crawler.model import Feed, Told, ToldDamage, ToldFile, ToldRevision, ToldVisit

#: A poll is over so long after its answer was asked for, at the latest: it may wait long for a worker.
LATEST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Known:
    """An item of which a revision tells."""

    number: int
    first_seen: datetime
    feed: str  #: name


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of the crawler, as far as what it kept tells of it."""

    number: int
    began: datetime  #: the first request that was answered
    software: str


@dataclass(slots=True)
class Plan:
    """What is known before anything is told."""

    items: dict[str, Known] = field(default_factory=dict)  #: by key, without its secrets
    visited: dict[tuple[str, str], int] = field(default_factory=dict)  #: feed and guid → number
    feeds: dict[str, Feed] = field(default_factory=dict)  #: by name: whom the records speak of
    runs: dict[int, Run] = field(default_factory=dict)
    damage: list[ToldDamage] = field(default_factory=list)
    began: datetime | None = None  #: the first record of all
    revisions: int = 0
    visits: int = 0
    numbers: set[int] = field(default_factory=set)  #: of items, that are spoken for
    given: set[int] = field(default_factory=set)  #: … and were given, in the second reading
    testified: set[tuple[str, int]] = field(
        default_factory=set
    )  #: path of the article, number of the revision
    early: set[tuple[str, int]] = field(
        default_factory=set
    )  #: … of those that are told before their predecessors, which are told too: a clock was set back between
    _orphans: set[tuple[str, int]] = field(default_factory=set)  #: whose predecessors were not told so far
    _software: str = ""

    def read(self, told: Told) -> None:
        """Take in one thing that is told."""
        match told:
            case ToldFile():
                self._software, self.began = told.software, self.began or told.at
            case ToldVisit():
                self._visit(told)
            case ToldRevision():
                self._revision(told)
            case ToldDamage():
                self.damage.append(told)

    def know(self, key: str, known: Known) -> None:
        """An item has a number."""
        self.items.setdefault(urls.without_secrets(key), known)
        self.numbers.add(known.number)

    def _visit(self, told: ToldVisit) -> None:
        self.visits += 1
        name, number = told.about.get("feed"), told.run
        if number is not None and number not in self.runs:
            self.runs[number] = Run(number=number, began=told.attempts[0].started_at, software=self._software)
        if name and name not in self.feeds:
            self.feeds[name] = _feed(name, told.about.get("via", ""))
        item, guid = told.about.get("item", ""), told.about.get("guid")
        if item.isdecimal() and name and guid:
            self.visited.setdefault((name, guid), int(item))
            self.numbers.add(int(item))

    def _revision(self, told: ToldRevision) -> None:
        try:
            stated = statement.parse(told.statement)
            detail = statement.parse_detail(told.detail, stated)
        except DocumentError as error:
            self.damage.append(ToldDamage(path=told.record.file, offset=told.record.offset, why=str(error)))
            return
        self.revisions += 1
        self._testified(stated.document.path, stated.revision)
        self.know(stated.item_key, Known(stated.item, detail.first_seen, stated.feed))
        self.feeds[stated.feed] = Feed(
            id=0, name=stated.feed, url=stated.feed_url, source=stated.source, source_key=stated.source_key
        )

    def _testified(self, path: str, number: int) -> None:
        self.testified.add((path, number))
        if number > 1 and (path, number - 1) not in self.testified:
            self._orphans.add((path, number))
        if (after := (path, number + 1)) in self._orphans:
            self._orphans.discard(after)
            self.early.add(after)

    # What the second reading asks

    @property
    def highest(self) -> int:
        """The highest number of an item."""
        return max(self.numbers, default=0)

    def moment(self, keys: Iterable[str], feed: str, asked: datetime) -> tuple[datetime, int]:
        """When the poll was over that brought these new items; and how many of them speak against it, first.

        All items of a poll are first seen at once, when it is over.
        """
        known = [self.items[key] for key in map(urls.without_secrets, keys) if key in self.items]
        seen = [one.first_seen for one in known if asked <= one.first_seen <= asked + LATEST]
        strangers = sum(one.feed != feed for one in known)
        return (min(seen, default=asked), strangers)

    def numbered(self, feed: str, entries: Sequence[tuple[str, str | None]]) -> dict[str, int]:
        """Numbers for a poll's new items (key, guid), as far as they are known.

        New items of one poll were numbered in a row, so that one number tells of its neighbours.
        """
        wanted = [self._number(feed, key, guid) for key, guid in entries]
        found = {entries[at][0]: number for at, number in enumerate(wanted) if number is not None}
        anchors = [at for at, number in enumerate(wanted) if number is not None]
        for at, (key, _) in enumerate(entries):
            if key in found or not anchors:
                continue
            near = min(anchors, key=lambda other: abs(other - at))
            guess = (wanted[near] or 0) + at - near
            if guess > 0 and guess not in self.numbers:
                found[key] = guess
                self.numbers.add(guess)
        self.given.update(found.values())
        return found

    def _number(self, feed: str, key: str, guid: str | None) -> int | None:
        known = self.items.get(urls.without_secrets(key))
        number = known.number if known else self.visited.get((feed, guid or key))
        return None if number in self.given else number


def _feed(name: str, via: str) -> Feed:
    """A feed of which nothing but requests is known."""
    return Feed(id=0, name=name, url=via, source=name, source_key=source_key(name))
