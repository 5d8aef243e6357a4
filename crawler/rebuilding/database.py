"""The second reading of the raw archive: everything told again to a new database, in the order in which it was."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from crawler import statement
from crawler.config import PollConfig
from crawler.errors import DocumentError
from crawler.model import (
    DueItem,
    Feed,
    Origin,
    RawRecord,
    Retold,
    Statement,
    Told,
    ToldRevision,
    ToldVisit,
)
from crawler.model.takedown import UNVISITED
from crawler.ports import Chronicle, RawArchive, Workers
from crawler.rebuilding import visits
from crawler.rebuilding.plan import Plan
from crawler.rebuilding.polls import Polls
from crawler.rebuilding.stores import Retelling
from crawler.statement import Detail

PENDING = 1000  #: visits whose end may still be told
#: Called with bytes read so far, of both readings.
Observe = Callable[[int], None]


@dataclass(slots=True, kw_only=True)
class Counts:
    """What was told."""

    polls: int = 0
    visits: int = 0
    revisions: int = 0
    known: int = 0  #: that an older database had already
    files: int = 0  #: revisions of which only their own files tell
    stated: int = 0  #: … of these, with what the log's files state of them
    unreadable: list[str] = field(default_factory=list)


async def read(chronicle: Chronicle, observe: Observe) -> Plan:
    """The first reading."""
    plan = Plan()
    async for told, so_far in chronicle.tell():
        plan.read(told)
        observe(so_far)
    return plan


@dataclass(slots=True, kw_only=True)
class Story:
    """Tells a database what the raw archive keeps."""

    chronicle: Chronicle
    raw: RawArchive
    workers: Workers
    store: Retelling
    plan: Plan
    settings: PollConfig
    now: datetime
    added: bool  #: to a database that knows something already
    counts: Counts = field(default_factory=Counts)
    _pending: OrderedDict[int, ToldVisit] = field(default_factory=OrderedDict)
    _early: defaultdict[tuple[str, int], list[_Read]] = field(default_factory=lambda: defaultdict(list))
    _run: int | None = None

    async def begin(self, feeds: Sequence[Feed]) -> None:
        """The feeds of the configuration, and those that only the records know."""
        known = {feed.name for feed in feeds}
        gone = [feed for name, feed in self.plan.feeds.items() if name not in known]
        await self.store.begin([*feeds, *gone], self.plan.highest, self.plan.began or self.now)
        for run in self.plan.runs.values():
            await self.store.note_run(run.number, run.began, run.software)

    async def tell(self, observe: Observe) -> None:
        """All of it."""
        polls = Polls(
            raw=self.raw,
            workers=self.workers,
            store=self.store,
            plan=self.plan,
            settings=self.settings,
            unreadable=self.counts.unreadable,
        )
        async for told, so_far in self.chronicle.tell():
            await self._tell(told, polls)
            observe(so_far)
        await polls.flush()
        for place in sorted(self._early):  # whose predecessors could not be read a second time
            for one in self._early.pop(place, ()):
                await self._retell(one)
        for number in list(self._pending):
            await self._over(number)
        self.counts.polls = polls.told

    async def _tell(self, told: Told, polls: Polls) -> None:
        if isinstance(told, ToldRevision):
            if not await self._known(told.record):
                await self._revision(told, polls)
        elif isinstance(told, ToldVisit) and not await self._known(told.answer.raw):
            self._run = told.run or self._run
            await self._visit(told, polls)

    async def _known(self, record: RawRecord | None) -> bool:
        known = record is None or (self.added and await self.store.is_told(record))
        self.counts.known += known
        return known

    async def _visit(self, told: ToldVisit, polls: Polls) -> None:
        if told.kind == "feed":
            await polls.take(told)
        elif told.kind == "older":
            await polls.older(told)
        elif told.kind == "page":
            await self._page(told, polls)
        else:  # of a robots.txt, or of nobody knows what
            await self.store.note_raw([one.raw for one in told.attempts if one.raw is not None])

    async def _page(self, told: ToldVisit, polls: Polls) -> None:
        number = await self._item(told, polls)
        if number is None:
            await self.store.note_raw([one.raw for one in told.attempts if one.raw is not None])
            return
        if number in self._pending:
            await self._over(number)
        self._pending[number] = told
        self.counts.visits += 1
        if len(self._pending) > PENDING:
            await self._over(next(iter(self._pending)))

    async def _item(self, told: ToldVisit, polls: Polls) -> int | None:
        """Whose page it is."""
        feed, guid, item = (told.about.get(name, "") for name in ("feed", "guid", "item"))
        number = int(item) if item.isdecimal() else self.plan.visited.get((feed, guid))
        if number is None:
            await polls.flush()
            return await self.store.item_of(feed, guid)
        await polls.until(number, feed)
        return number

    async def _over(self, number: int) -> None:
        """A visit of which no revision tells."""
        visit = self._pending.pop(number)
        item = await self.store.due_item(number, visit.about.get("feed", ""))
        if item is None:
            await self.store.note_raw([one.raw for one in visit.attempts if one.raw is not None])
            return
        own, other = await self.store.owner(item, visit.answer.url)
        following = visits.look(visit, item, item.first_seen, self.now, self.settings.rechecks)
        ended = visits.outcome(visit, item, own, other, following, limit=self.settings.capture_attempts)
        await self.store.visit(ended, visit.run)

    async def _revision(self, told: ToldRevision, polls: Polls) -> None:
        try:
            stated = statement.parse(told.statement)
            detail = statement.parse_detail(told.detail, stated)
        except DocumentError as broken:
            place = f"{told.record.file}: the revision at {told.record.offset}"
            self.counts.unreadable.append(f"{place}: {broken}")
            return
        await polls.until(stated.item, stated.feed)
        visit = None if stated.reason in UNVISITED else self._pending.pop(stated.item, None)
        one = _Read(
            told=told, stated=stated, detail=detail, visit=visit, run=visit.run if visit else self._run
        )
        path, number = one.place
        if one.place in self.plan.early or (path, number - 1) in self._early:
            self._early[one.place].append(one)
        else:
            await self._retell(one)

    async def _retell(self, one: _Read) -> None:
        """A revision, and those that waited for it."""
        item = await self.store.due_item(one.stated.item, one.stated.feed)
        retold = one.retold()
        if one.visit is not None and item is not None and one.stated.origin is Origin.PAGE:
            following = visits.look(one.visit, item, one.detail.first_seen, self.now, self.settings.rechecks)
            retold = replace(retold, look=replace(following, done=0))
        await self.store.revision(_with_fault(retold, item, self.settings.capture_attempts))
        self.counts.revisions += 1
        path, number = one.place
        self.plan.early.discard((path, number + 1))
        for after in self._early.pop((path, number + 1), ()):
            await self._retell(after)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A revision that was read, with the visit that it came of."""

    told: ToldRevision
    stated: Statement
    detail: Detail
    visit: ToldVisit | None
    run: int | None

    @property
    def place(self) -> tuple[str, int]:
        """As the plan knows it."""
        return self.stated.document.path, self.stated.revision

    def retold(self) -> Retold:
        """As the database is told of it."""
        return Retold(
            stated=self.stated,
            statement=self.told.statement.decode(),
            extraction=self.detail.extraction,
            choices=self.detail.choices,
            change=self.detail.change,
            first_seen=self.detail.first_seen,
            entry=self.detail.entry,
            kept=self.told.record,
            run=self.run,
            attempts=self.visit.attempts if self.visit else (),
            at=self.told.at,
        )


def _with_fault(told: Retold, item: DueItem | None, limit: int) -> Retold:
    """Of a fallback: why the page was not used, and when it is tried again."""
    fault = visits.fault(told.stated) if told.stated.origin is Origin.FEED else None
    if fault is None:
        return told
    again = visits.retry_at(fault, item.captures if item else 0, told.at, limit)
    return replace(told, error=str(fault), error_kind=fault.kind, retry_at=again)
