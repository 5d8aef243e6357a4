"""X61: a visit that is cancelled at each of its awaits leaves nothing behind, and the next one ends the same.

The real door over real sockets, the real store and the real archive; only the parsing is done on the spot.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import types
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from crawler.app.house import SystemClock
from crawler.archive.local import LocalArchive
from crawler.archive.warc import WarcArchive
from crawler.config import ArchiveConfig, BannersConfig, PollConfig
from crawler.engine.local import LocalEngine
from crawler.model import DueItem, DuePoll, Feed, Outcome, Polled, Request, Selection
from crawler.pipeline import Pipeline
from crawler.slices import SliceRunner
from crawler.store.sql import SqlStore
from crawler.web import Door
from crawler.workers.inline import InlineWorkers
from tests.journey.stand import TEXT
from tests.web.origin import Origin, reply, settings

ALL = Selection()
WEB = settings(robots=True, attempts=2, retry_wait="1ms", retry_wait_max="1s")
TITLE = "Halvorsen Tidal opens a second workshop"
LENT = (
    "SELECT (SELECT count(*) FROM hosts WHERE lease_until IS NOT NULL) +"
    " (SELECT count(*) FROM feeds WHERE lent_from IS NOT NULL)"
)


@dataclass
class Steps:
    """Counts the suspensions of one coroutine and cancels its task at the ``at``-th."""

    at: int = 0  #: 0: never
    taken: int = 0
    victim: asyncio.Task[Any] | None = None  #: who is cancelled; None: the task that runs it

    @types.coroutine
    def through(self, work: Coroutine[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """Drive ``work`` by hand: what it waits for is passed on, and its answers back."""
        answer: Any = None
        failure: BaseException | None = None
        while True:
            try:
                wanted = work.throw(failure) if failure else work.send(answer)
            except StopIteration as end:
                return end.value
            self.taken += 1
            if self.taken == self.at:
                task = self.victim or asyncio.current_task()
                assert task
                task.cancel()
            answer = failure = None
            try:
                answer = yield wanted
            except BaseException as error:
                failure = error

    async def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """``through``, as a coroutine."""
        return await self.through(work)


@dataclass
class Counted:
    """The journeys, their awaits counted."""

    pipeline: Pipeline
    steps: Steps

    async def poll(self, due: DuePoll) -> Polled:
        return await self.steps.run(self.pipeline.poll(due))

    async def capture(self, item: DueItem) -> Outcome:
        return await self.steps.run(self.pipeline.capture(item))


@dataclass
class Scene:
    """One crawler without its processes, and the origin it asks."""

    origin: Origin
    root: Path
    store: SqlStore
    door: Door
    archive: LocalArchive
    clock: SystemClock
    pipeline: Pipeline
    steps: Steps = field(default_factory=Steps)
    baseline: set[asyncio.Task[Any]] = field(default_factory=set)

    def runner(self, pipeline: Any = None) -> SliceRunner:
        return SliceRunner(
            pipeline=pipeline or self.pipeline, store=self.store, stop=asyncio.Event(), wake=asyncio.Event(),
            observe=lambda outcome, count: None, clock=self.clock,
        )  # fmt: skip

    async def visit(self) -> None:
        """What a slice does at one host, on one task: every await of it can be counted."""
        lent = await self.store.lend(self.clock.now(), ALL, slots=1, busy=())
        for piece in lent:
            try:
                for due in piece.polls:
                    await self.store.settle_poll(await self.pipeline.poll(due))
                for item in piece.items:
                    await self.store.settle(await self.pipeline.capture(item))
            finally:
                await self.store.give_back([piece.host])

    async def engine(self, pipeline: Any = None) -> None:
        """All that is due, by the engine."""
        runner = self.runner(pipeline)
        await LocalEngine(store=self.store, runner=runner, clock=self.clock, slots=2, grace=1).run(
            ALL, wait=False
        )

    async def lanes(self) -> None:
        """The same; what is counted are the awaits of its journeys, wherever they run."""
        self.steps.victim = asyncio.current_task()
        await self.engine(Counted(self.pipeline, self.steps))

    def leftovers(self) -> list[str]:
        theirs = self.origin._tasks  # connections that are kept open for the next request
        return [task.get_name() for task in asyncio.all_tasks() - self.baseline - theirs if not task.done()]

    def rows(self, question: str) -> list[Any]:
        with closing(sqlite3.connect(self.root / "crawler.db", timeout=5)) as opened:
            return opened.execute(question).fetchall()

    def rests_are_over(self) -> None:
        """Time passes: a poll that was cut off may have been sent, and rests as after a crash."""
        with closing(sqlite3.connect(self.root / "crawler.db", timeout=5)) as opened, opened:
            opened.execute(
                "UPDATE feeds SET next_poll_at = lent_at WHERE next_poll_at > lent_at AND polled_at IS NULL"
            )

    def kept(self) -> tuple[Any, ...]:
        """What must be the same however often a run was cut."""
        files = {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file()
            and not path.name.startswith("crawler.db")
            and self.root / "warc" not in path.parents  # names of its own, and the same revision told twice
        }
        items = self.rows("SELECT key, state FROM feed_items ORDER BY key")
        revisions = self.rows(
            "SELECT number, state, path, sha256 FROM revisions WHERE state <> 'dropped' ORDER BY id"
        )
        return files, items, revisions

    async def whole(self) -> None:
        """I1–I4 and no leaked slot, after a cancellation."""
        for _ in range(100):
            if not self.leftovers():
                break
            await asyncio.sleep(0.001)
        assert self.leftovers() == []
        for _ in range(
            3
        ):  # what nobody waits for any more, and what that sets off, is committed before these
            await self.store.next_due(ALL)
        assert self.rows(LENT) == [(0,)]
        with closing(sqlite3.connect(self.root / "crawler.db", timeout=0, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # nobody's transaction is open
            other.execute("ROLLBACK")
        answer = await asyncio.wait_for(self.door.get(Request(url=self.origin.url("/ping"), kind="page")), 2)
        assert answer.status == 200


async def release(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A page in two parts, so that its body is waited for."""
    told = "".join(f"<p>{sentence}</p>" for sentence in TEXT)
    page = f"<html><head><title>{TITLE}</title></head><body><article><h1>{TITLE}</h1>{told}</article></body></html>"
    data = reply(200, page.encode(), Content_Type="text/html; charset=utf-8")
    writer.write(data[:300])
    await writer.drain()
    await asyncio.sleep(0.001)
    writer.write(data[300:])
    await writer.drain()


def routes(origin: Origin) -> dict[str, Any]:
    """On the way to feed and page: a robots.txt, a failed first try, a redirect."""
    item = (
        f"<item><title>{TITLE}</title><link>{origin.url('/old')}</link>"
        "<pubDate>Tue, 03 Mar 2026 09:30:00 GMT</pubDate></item>"
    )
    feed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Stand</title>{item}</channel></rss>'
    whole = reply(200, feed.encode(), Content_Type="application/rss+xml", ETag='"1"')
    return {
        "/robots.txt": reply(200, b"User-agent: *\nDisallow: /private\n", Content_Type="text/plain"),
        "/feed": [reply(500), whole],
        "/old": [reply(500), reply(302, Location="/release")],
        "/release": release,
        "/ping": reply(200, b"pong", Content_Type="text/html"),
    }


@pytest.fixture
async def origin() -> AsyncIterator[Origin]:
    async with Origin() as opened:
        yield opened


def feed_of(origin: Origin) -> Feed:
    return Feed(id=0, name="stand", url=origin.url("/feed"), source="Stand Wire", source_key="stand-wire")


async def prepared(origin: Origin, root: Path, *, polled: bool) -> Path:
    """A database with the feed registered, and polled if only the capture is to be cut."""
    async with scene(origin, root) as at:
        await at.store.register([feed_of(origin)], at.clock.now())
        if polled:
            await at.visit()
    return root


@asynccontextmanager
async def scene(
    origin: Origin, root: Path, template: Path | None = None, *, testified: bool = False
) -> AsyncIterator[Scene]:
    """An open crawler below ``root``, over a copy of a prepared database; revisions are testified to or not."""
    root.mkdir()  # noqa: ASYNC240
    origin.routes = routes(origin)
    if template is not None:
        shutil.copy(template / "crawler.db", root / "crawler.db")
    clock = SystemClock()
    archive, raw = LocalArchive(root), WarcArchive(root)
    async with SqlStore(root / "crawler.db", now=clock.now) as store, Door(WEB, clock, memory=store) as door:
        pipeline = Pipeline(
            raw=raw if testified else None,
            web=door, workers=InlineWorkers(), archive=archive, store=store, clock=clock,
            files=ArchiveConfig(root=root), polling=PollConfig(), banners=BannersConfig(),
        )  # fmt: skip
        at = Scene(origin, root, store, door, archive, clock, pipeline)
        at.baseline = asyncio.all_tasks()
        try:
            yield at
        finally:
            await archive.close()
            await raw.close()


async def cut_everywhere(
    origin: Origin, tmp_path: Path, *, polled: bool, work: str = "visit", testified: bool = False
) -> tuple[int, list[int]]:
    """Cancel at the 1st, 2nd … suspension until one run is done uncancelled; how many there were."""
    template = await prepared(origin, tmp_path / "template", polled=polled)
    async with scene(origin, tmp_path / "whole", template, testified=testified) as at:
        await getattr(at, work)()
        await at.engine()
        wanted = at.kept()
    swallowed: list[int] = []
    for point in range(1, 500):
        async with scene(origin, tmp_path / str(point), template, testified=testified) as at:
            steps = at.steps = Steps(at=point)
            doing = getattr(at, work)()
            task = asyncio.create_task(doing if work == "lanes" else steps.run(doing))
            await asyncio.wait([task])
            if steps.taken < point:
                task.result()
                return point - 1, swallowed
            if not task.cancelled():
                task.result()
                swallowed.append(point)
            await at.whole()
            at.rests_are_over()
            await at.engine()
            assert at.leftovers() == []
            assert await at.archive.sweep() == 0
            assert at.kept() == wanted, point
        shutil.rmtree(tmp_path / str(point))
    raise AssertionError("no end")


#: What is cut, and how many awaits it has at least: fewer would mean that something is no longer cut.
CASES = {"poll": (False, "visit", 12), "capture": (True, "visit", 16), "engine": (False, "engine", 8),
         "lanes": (False, "lanes", 18), "testified": (True, "visit", 18)}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
async def test_x61_a_cancellation_at_each_await_leaves_nothing(
    case: str, origin: Origin, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    polled, work, least = CASES[case]
    testified = case == "testified"
    points, swallowed = await cut_everywhere(origin, tmp_path, polled=polled, work=work, testified=testified)
    record_property("points", points)
    print(f"{case}: {points} points")  # pytest -s tells
    assert points >= least
    assert swallowed == []
